//! Dispersal: sends every custodian its columns and aggregates their signatures into a certificate.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use tokio::time::{Instant as Deadline, sleep_until};
use weft_chain::{
    AvailabilityCertificate, AvailabilityStatement, BlobHeader, BlobId, CertificateBuilder, Height,
    PublicKey, Signature, ValidatorIndex, ValidatorSet,
};
use weft_encoding::{CELL_BYTES, CodedBlob, Digest};
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

/// A dispersal by one validator set, in progress.
struct Attempt {
    set: ValidatorSet,
    builder: CertificateBuilder<AvailabilityStatement>,
    handing: JoinSet<Handed>,
    /// Stake of the custodians that refused permanently.
    refused: u64,
    signed: usize,
    failures: Vec<(ValidatorIndex, CustodianError)>,
}

/// How an attempt ended.
enum Ended {
    /// More than 2/3 of the stake has signed.
    Certified,
    /// No custodian is left that could sign, or the deadline passed.
    Failed,
    /// Another validator set is in force now, and this one did not reach a quorum.
    Superseded,
}

/// Sends every custodian its columns and returns once more than 2/3 of the stake has signed.
///
/// Custodians that have not answered by then get their columns in the background: the certificate
/// does not wait for the slowest, and they still become holders. All of it ends at the certify
/// deadline. If the validator set changes meanwhile, a block still accepts a certificate by the
/// previous set. If that set does not reach a quorum, the columns are dispersed by the new set.
pub(super) async fn disperse(
    shared: &Arc<Shared>,
    coded: &Arc<CodedBlob>,
    header: &BlobHeader,
) -> Result<AvailabilityCertificate, DispersalError> {
    let begun = Instant::now();
    let until = Deadline::now() + shared.config.certify_deadline;
    let blob_id = header.id();
    loop {
        let mut attempt = Attempt::begin(shared, coded, header, until).await?;
        match attempt.follow(shared, blob_id, begun).await {
            Ended::Certified => {
                let certificate = attempt.builder.build()?;
                let (signed, of) = (attempt.signed, attempt.set.len());
                finish_in_background(shared, blob_id, attempt.handing, signed, of, begun);
                return Ok(certificate);
            }
            Ended::Superseded if Deadline::now() < until => {
                let (from, signed) = (attempt.set.root(), attempt.builder.stake());
                tracing::info!(%blob_id, %from, signed, "the columns are dispersed by the new validator set");
            }
            Ended::Superseded | Ended::Failed => {
                return Err(DispersalError::TooFewSignatures {
                    signed: attempt.builder.stake(),
                    total: attempt.set.total_stake(),
                    waited: begun.elapsed(),
                    failures: attempt.failures,
                });
            }
        }
    }
}

impl Attempt {
    /// Starts a dispersal by the set of the next block.
    async fn begin(
        shared: &Arc<Shared>,
        coded: &Arc<CodedBlob>,
        header: &BlobHeader,
        until: Deadline,
    ) -> Result<Self, DispersalError> {
        let height = shared.ledger.head().next_height();
        let set = shared.ledger.validator_sets().at(height);
        let expiry = shared.ledger.rules().retention.expiry(height);
        let assignment = shared.custodians.assignment::<DispersalError>(&set).await?;
        let chain_id = shared.ledger.genesis().chain_id;
        let builder = CertificateBuilder::availability(&chain_id, header.id(), &set, expiry);
        let root = set.root();
        let mut handing = JoinSet::new();
        for (index, validator) in set.iter() {
            let to = Custodian {
                index,
                key: validator.public_key,
            };
            let (shared, coded, header) = (Arc::clone(shared), Arc::clone(coded), header.clone());
            let assignment = Arc::clone(&assignment);
            handing.spawn(async move {
                let request = columns_for(&to, coded, header, root, expiry, &assignment);
                hand(&shared, &request, to, until).await
            });
        }
        Ok(Self {
            set,
            builder,
            handing,
            refused: 0,
            signed: 0,
            failures: Vec::new(),
        })
    }

    /// Collects signatures until they are a quorum or a quorum is out of reach.
    async fn follow(&mut self, shared: &Arc<Shared>, blob_id: BlobId, begun: Instant) -> Ended {
        let superseded = superseded(shared, self.set.root());
        tokio::pin!(superseded);
        let mut give_up: Option<Deadline> = None;
        while !self.builder.has_quorum() {
            if give_up.is_some() && self.is_out_of_reach() {
                return Ended::Superseded;
            }
            tokio::select! {
                handed = self.handing.join_next() => match handed {
                    Some(Ok(handed)) => self.take(shared, blob_id, begun, handed),
                    Some(Err(lost)) => {
                        tracing::error!(%blob_id, %lost, "a dispersal was lost");
                    }
                    None if give_up.is_some() => return Ended::Superseded,
                    None => return Ended::Failed,
                },
                () = &mut superseded, if give_up.is_none() => {
                    give_up = Some(Deadline::now() + shared.config.old_set_patience);
                }
                () = sleep_until(give_up.unwrap_or_else(Deadline::now)), if give_up.is_some() => {
                    return Ended::Superseded;
                }
            }
        }
        Ended::Certified
    }

    /// Whether so much stake has refused permanently that the rest is no quorum.
    fn is_out_of_reach(&self) -> bool {
        let left = self.set.total_stake().saturating_sub(self.refused);
        !self.set.has_quorum(left)
    }

    fn take(&mut self, shared: &Arc<Shared>, blob_id: BlobId, begun: Instant, handed: Handed) {
        let added = handed.signature.and_then(|signature| {
            self.builder
                .add(handed.to.index, signature)
                .map_err(CustodianError::Signature)
        });
        match added {
            Ok(()) => {
                self.signed += 1;
                let phase = Phase::Dispersed {
                    signed: self.signed,
                    of: self.set.len(),
                };
                shared.tell(blob_id, phase, begun.elapsed(), handed.bytes);
            }
            Err(error) => {
                let validator = self.set.get(handed.to.index);
                self.refused += validator.map_or(0, |validator| validator.stake);
                self.failures.push(failed(shared, handed.to, error));
            }
        }
    }
}

/// Returns when the validator set of the next block is no longer the one with this root.
async fn superseded(shared: &Shared, root: Digest) {
    let mut head = shared.ledger.watch_head();
    loop {
        let next = head.borrow_and_update().next_height();
        if shared.ledger.validator_sets().at(next).root() != root {
            return;
        }
        if head.changed().await.is_err() {
            // The node is shutting down; the deadline ends the attempt.
            return std::future::pending().await;
        }
    }
}

fn columns_for(
    to: &Custodian,
    coded: Arc<CodedBlob>,
    header: BlobHeader,
    validator_set_root: Digest,
    expiry: Height,
    assignment: &CustodyAssignment,
) -> DisperseRequest {
    let columns = assignment.columns_of(to.index);
    let columns = columns.iter().map(|column| coded.column(column)).collect();
    DisperseRequest {
        header,
        validator_set_root,
        expiry,
        columns,
    }
}

/// Sends one custodian its columns until it signs or refuses permanently.
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

/// Sends the columns of custodians that are slower than the quorum in the background.
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
        tracing::warn!(%blob_id, custodians, "dispersal to slow custodians is dropped: too many in progress");
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
