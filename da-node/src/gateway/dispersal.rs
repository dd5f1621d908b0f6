//! Handing every custodian its columns, and making their signatures a certificate.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use tokio::time::Instant as Deadline;
use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobId, CertificateBuilder, Height, PublicKey, Signature,
    ValidatorIndex,
};
use weft_encoding::{CELL_BYTES, CodedBlob};
use weft_network::{DisperseRequest, Offence};
use weft_sampling::CustodyAssignment;

use super::error::{CustodianError, DispersalError};
use super::{Phase, Shared};

/// A validator in its role of holding columns.
#[derive(Clone, Copy)]
struct Custodian {
    index: ValidatorIndex,
    key: PublicKey,
}

/// How one custodian's dispersal ended.
struct Handed {
    to: Custodian,
    bytes: u64,
    signature: Result<Signature, CustodianError>,
}

/// Sends every custodian its columns and returns once more than 2/3 of the stake has signed.
///
/// The custodians that have not answered by then get their columns in the background: the
/// certificate does not wait for the slowest, and they still become holders. All of it ends at the
/// certify deadline.
pub(super) async fn disperse(
    shared: &Arc<Shared>,
    coded: &Arc<CodedBlob>,
    header: &BlobHeader,
) -> Result<AvailabilityCertificate, DispersalError> {
    let begun = Instant::now();
    let until = Deadline::now() + shared.config.certify_deadline;
    let height = shared.ledger.head().next_height();
    let set = shared.ledger.validator_sets().at(height);
    let retention = shared.ledger.genesis().retention_blocks;
    let expiry = Height::new(height.get().saturating_add(retention));
    let assignment = shared.custodians.assignment::<DispersalError>(&set).await?;
    let blob_id = header.id();
    let chain_id = shared.ledger.genesis().chain_id;
    let mut builder = CertificateBuilder::availability(&chain_id, blob_id, &set, expiry);

    let mut handing = JoinSet::new();
    for (index, validator) in set.iter() {
        let to = Custodian {
            index,
            key: validator.public_key,
        };
        let (shared, coded, header) = (Arc::clone(shared), Arc::clone(coded), header.clone());
        let assignment = Arc::clone(&assignment);
        handing.spawn(async move {
            let request = columns_for(&to, coded, header, expiry, &assignment);
            hand(&shared, &request, to, until).await
        });
    }

    let (mut signed, mut failures) = (0, Vec::new());
    while !builder.has_quorum() {
        let handed = match handing.join_next().await {
            Some(Ok(handed)) => handed,
            Some(Err(lost)) => {
                tracing::error!(%blob_id, %lost, "a dispersal was lost");
                continue;
            }
            None => break,
        };
        let added = handed.signature.and_then(|signature| {
            builder
                .add(handed.to.index, signature)
                .map_err(CustodianError::Signature)
        });
        match added {
            Ok(()) => {
                signed += 1;
                let phase = Phase::Dispersed {
                    signed,
                    of: set.len(),
                };
                shared.tell(blob_id, phase, begun.elapsed(), handed.bytes);
            }
            Err(error) => failures.push(failed(shared, handed.to, error)),
        }
    }
    if !builder.has_quorum() {
        return Err(DispersalError::TooFewSignatures {
            signed: builder.stake(),
            total: set.total_stake(),
            waited: begun.elapsed(),
            failures,
        });
    }
    let certificate = builder.build()?;
    finish_in_background(shared, blob_id, handing, signed, set.len(), begun);
    Ok(certificate)
}

fn columns_for(
    to: &Custodian,
    coded: Arc<CodedBlob>,
    header: BlobHeader,
    expiry: Height,
    assignment: &CustodyAssignment,
) -> DisperseRequest {
    let columns = assignment.columns_of(to.index);
    let columns = columns.iter().map(|column| coded.column(column)).collect();
    DisperseRequest {
        header,
        expiry,
        columns,
    }
}

/// Hands one custodian its columns until it signs or refuses for good.
async fn hand(
    shared: &Shared,
    request: &DisperseRequest,
    to: Custodian,
    until: Deadline,
) -> Handed {
    let cells = request.columns.len() * request.header.rows();
    Handed {
        to,
        bytes: (cells * CELL_BYTES) as u64,
        signature: shared.custodians.disperse(&to.key, request, until).await,
    }
}

fn failed(
    shared: &Shared,
    to: Custodian,
    error: CustodianError,
) -> (ValidatorIndex, CustodianError) {
    tracing::warn!(validator = to.index.get(), %error, "a custodian did not sign");
    if matches!(error, CustodianError::Signature(_)) {
        shared.custodians.report(&to.key, Offence::InvalidSignature);
    }
    (to.index, error)
}

/// Lets the custodians that are slower than the quorum get their columns too.
fn finish_in_background(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    mut handing: JoinSet<Handed>,
    mut signed: usize,
    of: usize,
    begun: Instant,
) {
    let Ok(permit) = Arc::clone(&shared.stragglers).try_acquire_owned() else {
        let custodians = handing.len();
        tracing::warn!(%blob_id, custodians, "slow custodians are left without columns");
        return;
    };
    let task_shared = Arc::clone(shared);
    shared.tasks.spawn(async move {
        let (shared, _permit) = (task_shared, permit);
        loop {
            match handing.join_next().await {
                None => return,
                Some(Ok(Handed {
                    bytes,
                    signature: Ok(_),
                    ..
                })) => {
                    signed += 1;
                    shared.tell(
                        blob_id,
                        Phase::Dispersed { signed, of },
                        begun.elapsed(),
                        bytes,
                    );
                }
                Some(Ok(Handed {
                    to,
                    signature: Err(error),
                    ..
                })) => {
                    failed(&shared, to, error);
                }
                Some(Err(lost)) => tracing::warn!(%lost, "a dispersal was lost"),
            }
        }
    });
}
