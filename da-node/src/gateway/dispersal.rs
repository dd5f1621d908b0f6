//! Handing every custodian its columns, and making their signatures a certificate.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobId, CertificateBuilder, Height, PublicKey, Signature,
    ValidatorIndex, ValidatorSet,
};
use weft_encoding::{CELL_BYTES, CodedBlob};
use weft_network::DisperseRequest;
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
/// certificate does not wait for the slowest, and they still become holders.
pub(super) async fn disperse(
    shared: &Arc<Shared>,
    coded: &Arc<CodedBlob>,
    header: &BlobHeader,
) -> Result<AvailabilityCertificate, DispersalError> {
    let begun = Instant::now();
    let height = shared.ledger.head().next_height();
    let set = shared.ledger.validator_sets().at(height);
    let retention = shared.ledger.genesis().retention_blocks;
    let expiry = Height::new(height.get().saturating_add(retention));
    let assignment = shared.custodians.assignment(&set)?;
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
        handing.spawn(async move { hand(&shared, coded, header, expiry, &assignment, to).await });
    }

    let (mut signed, mut failures) = (0, Vec::new());
    let deadline = tokio::time::sleep(shared.config.certify_deadline);
    tokio::pin!(deadline);
    while !builder.has_quorum() {
        let handed = tokio::select! {
            () = &mut deadline => break,
            handed = handing.join_next() => match handed {
                Some(handed) => handed.map_err(|_| crate::workers::JobLost)?,
                None => break,
            },
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
        return Err(too_few(&set, builder.stake(), shared, failures));
    }
    let certificate = builder.build()?;
    finish_in_background(shared, blob_id, handing, signed, set.len(), begun);
    Ok(certificate)
}

/// Hands one custodian its columns until it signs or refuses for good.
async fn hand(
    shared: &Shared,
    coded: Arc<CodedBlob>,
    header: BlobHeader,
    expiry: Height,
    assignment: &CustodyAssignment,
    to: Custodian,
) -> Handed {
    let columns = assignment.columns_of(to.index);
    let bytes = (columns.len() * coded.rows().len() * CELL_BYTES) as u64;
    let columns = columns.iter().map(|column| coded.column(column)).collect();
    drop(coded);
    let request = DisperseRequest {
        header,
        expiry,
        columns,
    };
    Handed {
        to,
        bytes,
        signature: shared.custodians.disperse(&to.key, &request).await,
    }
}

fn failed(
    shared: &Shared,
    to: Custodian,
    error: CustodianError,
) -> (ValidatorIndex, CustodianError) {
    tracing::warn!(validator = to.index.get(), %error, "a custodian did not sign");
    if matches!(error, CustodianError::Signature(_)) {
        shared.custodians.report(&to.key);
    }
    (to.index, error)
}

fn too_few(
    set: &ValidatorSet,
    signed: u64,
    shared: &Shared,
    failures: Vec<(ValidatorIndex, CustodianError)>,
) -> DispersalError {
    let waited = shared.config.certify_deadline;
    DispersalError::TooFewSignatures {
        signed,
        total: set.total_stake(),
        waited,
        failures,
    }
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
    let task_shared = Arc::clone(shared);
    shared.tasks.spawn(async move {
        let shared = task_shared;
        loop {
            let handed = tokio::select! {
                () = shared.shutdown.cancelled() => return,
                handed = handing.join_next() => handed,
            };
            match handed {
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
