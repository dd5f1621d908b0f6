//! Errors of the node's services as problems.

use axum::http::StatusCode;
use weft_chain::{BlobId, CertificateError, Height, MAX_UPDATE_BYTES, ValidatorUpdateError};
use weft_encoding::{BYTES_PER_ELEMENT, Digest, Fault, LayoutError, ROW_BYTES};
use weft_gateway_api::ProblemKind;
use weft_ledger::store::StoreError;
use weft_ledger::{UpdateError, UpdateRefusal};
use weft_network::Refusal;

use super::{Problem, extract};
use crate::CellError;
use crate::{DispersalError, PostError, ReadError};

/// The scalar field's modulus: a canonical element is below it.
const MODULUS: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

/// A refused update of the validator set.
pub(super) fn update(error: UpdateRefusal) -> Problem {
    let fault = error.fault();
    let detail = error.to_string();
    let refused = || {
        Problem::new(
            ProblemKind::BadUpdate,
            BAD_REQUEST,
            Fault::Caller,
            detail.clone(),
        )
    };
    match &error {
        UpdateRefusal::Update(UpdateError::Invalid(invalid)) => invalid_update(invalid, refused()),
        UpdateRefusal::Update(UpdateError::Waiting {
            height,
            first_height,
        }) => refused().value(height.get()).limit(first_height.get()),
        UpdateRefusal::Update(_) | UpdateRefusal::Contacts(_) => refused(),
        UpdateRefusal::Full { max } => Problem::new(ProblemKind::Busy, UNAVAILABLE, fault, detail)
            .value(*max)
            .limit(*max),
        UpdateRefusal::Store(_) | UpdateRefusal::Closed => by_fault(&error, fault),
    }
}

/// `problem` with the wrong value and the expected one.
fn invalid_update(error: &ValidatorUpdateError, problem: Problem) -> Problem {
    match error {
        ValidatorUpdateError::WrongChain { expected, actual } => problem
            .value(actual.to_string())
            .limit(expected.to_string()),
        ValidatorUpdateError::WrongSet { expected, actual }
        | ValidatorUpdateError::WrongUpdate { expected, actual } => problem
            .value(actual.to_string())
            .limit(expected.to_string()),
        ValidatorUpdateError::Height {
            included_at,
            first_height,
        } => problem
            .value(first_height.get())
            .limit(included_at.saturating_add(1).get()),
        ValidatorUpdateError::TooLarge { len } => problem.value(*len).limit(MAX_UPDATE_BYTES),
        ValidatorUpdateError::Certificate(CertificateError::NotEnoughStake { signed, total }) => {
            problem.value(*signed).limit(*total)
        }
        _ => problem,
    }
}

/// This node knows no blob with this id.
pub(super) fn unknown_blob(blob_id: &BlobId) -> Problem {
    let detail = format!("no certified blob {blob_id} is known here");
    Problem::new(
        ProblemKind::UnknownBlob,
        StatusCode::NOT_FOUND,
        Fault::Caller,
        detail,
    )
    .value(blob_id.to_string())
}

/// This node has no block at this height.
pub(super) fn unknown_block(height: impl ToString, head: Height) -> Problem {
    let height = height.to_string();
    let detail = match head.get() {
        _ if height == "0" => "no block 0: heights begin at 1".to_owned(),
        0 => format!("no block {height}: there is none yet"),
        head => format!("no block {height}: the newest is {head}"),
    };
    let value = height
        .parse::<u64>()
        .map_or_else(|_| height.into(), serde_json::Value::from);
    Problem::new(
        ProblemKind::UnknownBlock,
        StatusCode::NOT_FOUND,
        Fault::Caller,
        detail,
    )
    .value(value)
    .limit(head.get())
}

/// The validator set of this height is not known yet, or the height is 0.
pub(super) fn unknown_set_height(height: Height, next: Height) -> Problem {
    let detail = if height < Height::FIRST {
        "no validators of height 0: heights begin at 1".to_owned()
    } else {
        format!("no validators of height {height}: the next block is {next}")
    };
    Problem::new(
        ProblemKind::UnknownBlock,
        StatusCode::NOT_FOUND,
        Fault::Caller,
        detail,
    )
    .value(height.get())
    .limit(next.get())
}

/// No update introduced a set with this root.
pub(super) fn unknown_update(root: &Digest) -> Problem {
    let detail = format!("no update that introduces validator set {root} is known here");
    Problem::new(
        ProblemKind::UnknownUpdate,
        StatusCode::NOT_FOUND,
        Fault::Caller,
        detail,
    )
    .value(root.to_string())
}

/// A batch that its layout refuses.
pub(super) fn layout(error: &LayoutError, batch: &[u8]) -> Problem {
    let detail = error.to_string();
    let refused = |kind| Problem::new(kind, BAD_REQUEST, Fault::Caller, detail.clone());
    match error {
        LayoutError::Empty => refused(ProblemKind::EmptyBatch).value(0).limit(1),
        LayoutError::TooLarge { len, max } => {
            extract::too_large(*len, *max, format!("the batch has {len} bytes"))
        }
        LayoutError::NotWholeRows { len, row_bytes } => refused(ProblemKind::NotWholeRows)
            .value(*len)
            .limit(*row_bytes),
        LayoutError::NonCanonical { row, element } => {
            let begin = row * ROW_BYTES + element * BYTES_PER_ELEMENT;
            let found = batch
                .get(begin..begin + BYTES_PER_ELEMENT)
                .unwrap_or_default();
            refused(ProblemKind::NonCanonicalElement)
                .value(hex::encode(found))
                .limit(MODULUS)
        }
        LayoutError::UnknownName { name } => refused(ProblemKind::UnknownLayout)
            .value(name.clone())
            .limit("packed or raw"),
        _ => refused(ProblemKind::BadParameter),
    }
}

/// A post that failed.
pub(super) fn post(error: PostError, batch: &[u8]) -> Problem {
    let fault = error.fault();
    let detail = error.to_string();
    let later = |kind| Problem::new(kind, UNAVAILABLE, Fault::Retry, detail.clone());
    match error {
        PostError::Layout(error) => layout(&error, batch),
        PostError::TooManyRows { rows, max } => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Problem::new(ProblemKind::TooLarge, status, Fault::Caller, detail)
                .value(rows)
                .limit(max)
        }
        PostError::Busy { max } => later(ProblemKind::Busy).value(max).limit(max),
        PostError::NotOrdered { blob_id, waited } => later(ProblemKind::NotYet)
            .value(blob_id.to_string())
            .limit(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX)),
        PostError::Lapsed { blob_id, .. } => {
            later(ProblemKind::NotCertified).value(blob_id.to_string())
        }
        PostError::Dispersal(DispersalError::TooFewSignatures { signed, total, .. }) => {
            later(ProblemKind::NotCertified).value(signed).limit(total)
        }
        error => by_fault(&error, fault),
    }
}

/// A read that failed.
pub(super) fn read(error: ReadError) -> Problem {
    let fault = error.fault();
    let detail = error.to_string();
    let unavailable =
        |fault| Problem::new(ProblemKind::Unavailable, UNAVAILABLE, fault, detail.clone());
    match error {
        ReadError::UnknownBlob(blob_id) => unknown_blob(&blob_id),
        ReadError::Busy { max } => Problem::new(ProblemKind::Busy, UNAVAILABLE, fault, detail)
            .value(max)
            .limit(max),
        ReadError::TooFewColumns { had, needed, .. } => unavailable(fault).value(had).limit(needed),
        ReadError::Unrepairable {
            cells, total_cells, ..
        } => unavailable(fault).value(cells).limit(total_cells),
        ReadError::Deadline { waited, .. } => {
            Problem::new(ProblemKind::Deadline, UNAVAILABLE, fault, detail)
                .limit(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX))
        }
        // The dispersed columns do not form a blob, and a retry does not change that.
        error if fault == Fault::Peer => {
            let status = StatusCode::BAD_GATEWAY;
            Problem::new(ProblemKind::Unavailable, status, fault, error.to_string())
        }
        error => by_fault(&error, fault),
    }
}

/// A cell that is not available.
pub(super) fn cell(error: CellError, height: Height, head: Height) -> Problem {
    let detail = error.to_string();
    let later = |kind| Problem::new(kind, UNAVAILABLE, Fault::Retry, detail.clone());
    match error {
        CellError::Refused(Refusal::NotYet) => later(ProblemKind::NotYet),
        CellError::Refused(Refusal::Busy) => later(ProblemKind::Busy),
        CellError::Refused(Refusal::Unknown) => unknown_block(height.get(), head),
        CellError::Refused(refusal) => Problem::new(
            ProblemKind::Unavailable,
            UNAVAILABLE,
            refusal.fault(),
            detail,
        ),
        error => {
            let fault = error.fault();
            by_fault(&error, fault)
        }
    }
}

/// An error without a kind of its own, by its fault.
fn by_fault(error: &(dyn std::error::Error + 'static), fault: Fault) -> Problem {
    match fault {
        Fault::Caller => Problem::bad_parameter(error.to_string()),
        Fault::Retry => Problem::new(ProblemKind::Busy, UNAVAILABLE, fault, error.to_string()),
        Fault::Peer => {
            let status = StatusCode::BAD_GATEWAY;
            Problem::new(ProblemKind::Unavailable, status, fault, error.to_string())
        }
        Fault::Local => Problem::internal(error),
    }
}
