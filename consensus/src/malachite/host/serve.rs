//! Value sync: decided blocks for peers that are behind, and theirs when this node is.

use std::ops::RangeInclusive;
use std::sync::{MutexGuard, PoisonError};

use arc_malachitebft_app::consensus::ProposedValue;
use arc_malachitebft_app::engine::host::SyncedValueOutcome;
use arc_malachitebft_app::types::core::{ExtendedCommitCertificate, Round, Validity};
use arc_malachitebft_app::types::sync::RawDecidedValue;
use bytes::Bytes;
use ractor::RpcReplyPort;
use weft_chain::{Block, Canonical, HeaderHash, Height};
use weft_ledger::Arrival;
use weft_ledger::store::Store;

use super::{Host, reply};
use crate::malachite::MalachiteError;
use crate::malachite::codec::Wire;
use crate::malachite::config::SYNC_BATCH;
use crate::malachite::context::WeftContext;
use crate::malachite::types::{ConsensusHeight, ConsensusValue, ValidatorAddress};

/// Most bytes of blocks in one answer; the engine cuts off what exceeds its message size.
const ANSWER_BYTES: usize = 8 << 20;

impl Host {
    /// The first height that this node can prove to a peer.
    pub(super) async fn history_min_height(self, port: RpcReplyPort<ConsensusHeight>) {
        let head = self.application().head().height;
        let store = self.application().store().clone();
        let first = tokio::task::spawn_blocking(move || first_proved(&store, head)).await;
        match first {
            Ok(Ok(first)) => reply(port, first.into()),
            Ok(Err(error)) => self.fail(error),
            Err(_) => tracing::debug!("asked for history during shutdown"),
        }
    }

    /// Decided blocks with their proofs, from the start of the range up to the first that is
    /// missing.
    pub(super) async fn decided_values(
        self,
        range: RangeInclusive<ConsensusHeight>,
        port: RpcReplyPort<Vec<RawDecidedValue<WeftContext>>>,
    ) {
        let store = self.application().store().clone();
        let head = self.application().head().height;
        let values = tokio::task::spawn_blocking(move || read(&store, &range, head)).await;
        match values {
            Ok(Ok(values)) => reply(port, values),
            Ok(Err(error)) => {
                // The asking peer gets nothing and asks another.
                tracing::error!(%error, "decided blocks not read for a peer");
                reply(port, Vec::new());
            }
            Err(_) => tracing::debug!("a peer asked for blocks during shutdown"),
        }
    }

    /// How a newly decided block reached this node.
    pub(super) fn arrival(&self, height: Height, header: HeaderHash) -> Arrival {
        if *self.synced() == Some((height, header)) {
            Arrival::Synced
        } else {
            Arrival::Decided
        }
    }

    fn synced(&self) -> MutexGuard<'_, Option<(Height, HeaderHash)>> {
        // The value is written in one step, so a panic leaves it complete.
        self.0.synced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a block that a peer proved to be decided. The engine has verified the certificate, so
    /// this checks only that the block is the certified one and extends the head. Its columns are
    /// backfilled later.
    pub(super) async fn synced_value(
        self,
        height: Height,
        round: Round,
        proposer: ValidatorAddress,
        bytes: Bytes,
        port: RpcReplyPort<SyncedValueOutcome<WeftContext>>,
    ) {
        let head = self.application().head();
        if head.next_height() != height {
            // The engine runs ahead of the commit, or behind it. It asks again.
            return reply(port, SyncedValueOutcome::LocalTransientError);
        }
        let store = self.application().store().clone();
        let keep = move || {
            let Ok(block) = Block::decode(&bytes) else {
                return Ok(None);
            };
            let extends = block.header.height == height && block.header.parent == head.hash;
            if !extends || block.verify_derivation().is_err() {
                return Ok(None);
            }
            store.keep_proposal(&block)?;
            Ok::<_, MalachiteError>(Some(block.header.hash()))
        };
        let outcome = match tokio::task::spawn_blocking(keep).await {
            Ok(Ok(Some(header))) => {
                *self.synced() = Some((height, header));
                SyncedValueOutcome::Verdict(ProposedValue {
                    height: height.into(),
                    round,
                    valid_round: Round::Nil,
                    proposer,
                    value: ConsensusValue(header),
                    validity: Validity::Valid,
                })
            }
            Ok(Ok(None)) => {
                tracing::warn!(%height, "a peer sent an invalid block as decided");
                SyncedValueOutcome::PeerFault
            }
            Ok(Err(error)) => {
                tracing::error!(%error, %height, "synced block not kept");
                SyncedValueOutcome::LocalTransientError
            }
            Err(_) => SyncedValueOutcome::LocalTransientError,
        };
        reply(port, outcome);
    }
}

/// The lowest height from which on every decided block has a proof; the height above the head when
/// none has.
///
/// Blocks that did not come through this engine have no proof. They all come first, because a node
/// that has started to run the engine keeps running it, so bisection finds the boundary.
fn first_proved(store: &Store, head: Height) -> Result<Height, MalachiteError> {
    let (mut low, mut high) = (Height::FIRST, head.saturating_add(1));
    while low < high {
        let middle = Height::new(low.get() + (high.get() - low.get()) / 2);
        if store.commit_proof(middle)?.is_some() {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Ok(low)
}

fn read(
    store: &Store,
    range: &RangeInclusive<ConsensusHeight>,
    head: Height,
) -> Result<Vec<RawDecidedValue<WeftContext>>, MalachiteError> {
    let (mut height, last) = (range.start().0, range.end().0.min(head));
    let (mut values, mut bytes) = (Vec::new(), 0);
    while height <= last && values.len() < SYNC_BATCH && bytes < ANSWER_BYTES {
        let Some(proof) = store.commit_proof(height)? else {
            break;
        };
        let (Some(signed), Some(body)) = (store.signed_header(height)?, store.body(height)?) else {
            break;
        };
        let block = Block {
            header: signed.header,
            body,
        };
        let block = Bytes::from(block.encode());
        bytes += block.len() + proof.len();
        let proof = ExtendedCommitCertificate::<WeftContext>::from_wire(&proof)?;
        values.push(RawDecidedValue::new(block, proof));
        height = height.saturating_add(1);
    }
    Ok(values)
}
