//! The order of certified blobs: consensus engines behind one small port.
//!
//! ```text
//!                 Application (this node)                    Orderer (an engine)
//!            ┌──────────────────────────────────┐        ┌──────────────────────────┐
//!  pool ───► │ propose(round): stored block, or │ ◄───── │ this node proposes       │
//!  offered   │          choose, derive, store   │        │                          │
//!  updates ► │                                  │        │                          │
//!            │ verify(round): parent, time,     │ ◄───── │ a block from a proposer  │ ◄─► peers
//!            │  proposer, sizes, repeats, update│        │                          │
//!            │          certificates; store     │        │                          │
//!            │ sign(height, round): lock, then  │ ◄───── │ this node's precommit    │
//!            │          signature               │        │                          │
//!            │ proposal: stored or decided      │ ◄───── │ an earlier block         │
//!  ledger ◄─ │ decided: commit, gossip          │ ◄───── │ > 2/3 of the stake voted │
//!            └──────────────────────────────────┘        └──────────────────────────┘
//!                  │ proposals, vote locks                    │ commit proofs, evidence
//!                  └───────────────► store ◄──────────────────┘
//! ```
//!
//! An [`Orderer`] decides *who* proposes and *when* a block is decided; the [`Application`] knows
//! what a block is. Consensus never fetches data: `verify` reads only the block and the local store
//! (design, section 6).
//!
//! ```text
//! src/
//!   lib.rs           the port: Application, Orderer, RoundProposers
//!   application.rs   NodeApplication: the port on pool, ledger, store and key
//!   proposing.rs     the block to propose: stored or new
//!   selection.rs     which pending blobs go in a block: fair across namespaces, within the limit
//!   verification.rs  what a validator checks before it votes
//!   verified.rs      a cache of verified blocks
//!   metrics.rs       metrics that every engine reports
//!   error.rs         errors between an engine and the node
//!   malachite/       BFT consensus of all validators: the default
//!   solo/            one fixed proposer, for development
//! ```
//!
//! **Durability.** A block is stored before `verify` or `propose` returns it. The lock on height,
//! round and header is stored before `sign` returns the signature. So a node that crashes at any
//! point proposes the same header again and never signs two headers in one round.

mod application;
mod error;
pub mod malachite;
mod metrics;
mod proposing;
mod selection;
pub mod solo;
mod verification;
mod verified;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weft_chain::{
    Block, ChainId, FinalityCertificate, HeaderHash, Height, Signature, ValidatorIndex,
};
use weft_network::{PeerId, Propose, Refusal};

pub use application::{ApplicationParts, NodeApplication};
pub use error::{OrdererError, ProposeError, SignError};
pub use metrics::OrdererMetrics;
pub use verification::{BlockRefusal, ValidBlock};

use weft_ledger::store::{Store, StoreError};
use weft_ledger::{Arrival, Committed, Head, LedgerError, ValidatorSets};
use weft_network::Directory;

/// The validators that may have built the block proposed in one round of a height.
///
/// A proposer of a later round may propose an undecided block of an earlier proposer again, so the
/// builder may be the proposer of any round from 0 to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundProposers {
    /// The round, from 0.
    pub round: u32,
    /// The proposers of rounds 0 to `round`, in that order.
    pub in_order: Vec<ValidatorIndex>,
}

/// What an engine asks of the node. Every call may run in its own task, so an engine can go on
/// while one is pending.
#[async_trait]
pub trait Application: Debug + Send + Sync + 'static {
    /// The chain that this node is on.
    fn chain_id(&self) -> ChainId;

    /// The last decided block.
    fn head(&self) -> Head;

    /// Follows the head: blocks decided here and blocks that came by sync alike.
    fn watch_head(&self) -> watch::Receiver<Head>;

    /// The validator sets by height; a live handle.
    fn validator_sets(&self) -> &ValidatorSets;

    /// The validators' contacts; a live handle.
    fn directory(&self) -> &Directory;

    /// This node's index in the validator set of the height after the head; `None` for a node that
    /// does not vote there.
    fn validator(&self) -> Option<ValidatorIndex>;

    /// Wakes when there may be something new to propose: the number of certified blobs that wait
    /// to be ordered changes, or an update of the validator set is offered.
    fn watch_pending(&self) -> watch::Receiver<usize>;

    /// The block this node proposes on top of the head in this round, durable before it is returned.
    ///
    /// A stored block of this height comes first, this node's own before the oldest of the others',
    /// so the same header is proposed again in later rounds and after a crash. `None` when nothing
    /// is pending and `empty` is false.
    ///
    /// # Errors
    /// [`ProposeError`] (local; caller when this node is not a validator).
    async fn propose(
        &self,
        proposers: &RoundProposers,
        empty: bool,
    ) -> Result<Option<ValidBlock>, ProposeError>;

    /// Checks a block for the next height, proposed in this round, in full and stores it durably
    /// before it returns. Verifying the same block again is cheap.
    ///
    /// If this node has signed another block in that round, the block is stored but refused.
    /// Otherwise an engine that lost its log would vote for it, and then ask for a signature that
    /// [`Application::sign`] must refuse.
    ///
    /// # Errors
    /// [`BlockRefusal`] (peer; retry when this node is behind).
    async fn verify(
        &self,
        proposers: &RoundProposers,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal>;

    /// A block by height and header hash: one stored for a vote, or the decided one.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    async fn proposal(&self, height: Height, hash: HeaderHash)
    -> Result<Option<Block>, StoreError>;

    /// Signs the header of a block that [`Application::verify`] or [`Application::propose`] has
    /// stored, for the finality of that round. The vote lock of height and round is durable before
    /// the signature exists, so no crash makes this node sign two headers of one round.
    ///
    /// # Errors
    /// [`SignError`]: another header is locked in this round (peer), the block is not stored or the
    /// node is not a validator (caller), or the store failed (local).
    async fn sign(
        &self,
        height: Height,
        round: u32,
        header: HeaderHash,
    ) -> Result<Signature, SignError>;

    /// Takes a block that the engine decided, or received as decided from a peer: verifies it,
    /// commits it durably, and gossips the header.
    ///
    /// # Errors
    /// [`LedgerError`], as [`Ledger::commit`](weft_ledger::Ledger::commit).
    async fn decided(
        &self,
        arrival: Arrival,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError>;

    /// The store, for an engine's own records: commit proofs and evidence. Its methods block.
    fn store(&self) -> &Store;

    /// The metrics of ordering.
    fn metrics(&self) -> &OrdererMetrics;
}

/// A consensus engine, as the node sees it.
#[async_trait]
pub trait Orderer: Debug + Send + Sync + 'static {
    /// The engine's name, for logs and status.
    fn name(&self) -> &'static str;

    /// Whether the engine itself fetches blocks that this node has missed. If so, the node runs no
    /// sync of its own.
    fn syncs(&self) -> bool {
        false
    }

    /// The engine's own metrics in Prometheus' text format, under names that no metric of the node
    /// has. Empty for an engine that uses the node's registry.
    fn metrics_text(&self) -> String {
        String::new()
    }

    /// Orders blocks until `shutdown`.
    ///
    /// # Errors
    /// [`OrdererError`] (local) when the engine cannot go on.
    async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), OrdererError>;

    /// Answers a peer that asks this node to vote for a block. Engines with their own transport
    /// keep this default.
    ///
    /// # Errors
    /// [`Refusal`], sent back to the peer.
    async fn vote(&self, from: PeerId, proposal: Propose) -> Result<Signature, Refusal> {
        let _ = (from, proposal);
        Err(Refusal::NotServed)
    }
}

#[cfg(test)]
mod tests;
