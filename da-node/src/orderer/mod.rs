//! The order of certified blobs: consensus engines behind one small port.
//!
//! ```text
//!                 Application (this node)                 Orderer (an engine)
//!            ┌───────────────────────────────┐        ┌──────────────────────────┐
//!  pool ───► │ propose: choose, derive, keep │ ◄───── │ my turn at this height   │
//!            │ verify:  parent, time, sizes, │ ◄───── │ a block from a proposer  │ ◄─► peers
//!            │          certificates, repeats│        │                          │
//!            │ sign:    lock, then signature │ ◄───── │ my vote                  │
//!  ledger ◄─ │ decided: commit, gossip       │ ◄───── │ > 2/3 of the stake voted │
//!            └───────────────────────────────┘        └──────────────────────────┘
//! ```
//!
//! An [`Orderer`] decides *who* proposes and *when* a block is decided; the [`Application`] knows
//! what a block is. Consensus never fetches data: all that `verify` looks at is in the block and in
//! the local store (design, section 6).
//!
//! - [`selection`]: which pending blobs go in a block: fair across namespaces, within the row limit.
//! - [`verification`]: what a validator checks before it votes.
//! - [`NodeApplication`]: the port, implemented on the pool, the ledger and the store.
//! - [`solo`]: the fixed proposer, for development and demonstrations.

mod application;
mod error;
mod metrics;
mod proposal;
pub mod selection;
pub mod solo;
pub mod verification;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weft_chain::{Block, FinalityCertificate, Signature, ValidatorIndex};
use weft_network::{PeerId, Propose, Refusal};

pub use application::{ApplicationParts, NodeApplication};
pub use error::{OrdererError, ProposeError, SignError};
pub use metrics::OrdererMetrics;
pub use verification::{BlockRefusal, ValidBlock};

use crate::ledger::{Committed, Head, LedgerError, ValidatorSets};

/// What an engine may ask of the node. Every call is safe to make from a task of its own, so an
/// engine never has to hold a reply while it waits for one.
#[async_trait]
pub trait Application: Debug + Send + Sync + 'static {
    /// The last decided block.
    fn head(&self) -> Head;

    /// Follows the head: blocks decided here and blocks that came by sync alike.
    fn watch_head(&self) -> watch::Receiver<Head>;

    /// The validator sets by height.
    fn validator_sets(&self) -> &ValidatorSets;

    /// This node's place in the validator set of `head`'s next height; `None` for a node that does
    /// not vote there.
    fn validator(&self) -> Option<ValidatorIndex>;

    /// Wakes when the number of certified blobs that wait to be ordered changes.
    fn watch_pending(&self) -> watch::Receiver<usize>;

    /// The block this node proposes on top of the head: the same block for as long as the head
    /// stands, in later rounds and after a crash too. It is durable before it is returned.
    ///
    /// `None` when nothing is pending and `empty` is false.
    ///
    /// # Errors
    /// [`ProposeError`] (local; caller when this node is no validator).
    async fn propose(&self, empty: bool) -> Result<Option<ValidBlock>, ProposeError>;

    /// Checks a block that `proposer` made for the next height.
    ///
    /// # Errors
    /// [`BlockRefusal`] (peer; retry when this node is behind).
    async fn verify(
        &self,
        proposer: ValidatorIndex,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal>;

    /// Signs a verified block's header. The vote lock of its height is durable before the
    /// signature exists, so no crash makes this node sign two headers of one height.
    ///
    /// # Errors
    /// [`SignError`]: another header is locked at this height (peer), the node is no validator
    /// (caller), or the store failed (local).
    async fn sign(&self, block: &ValidBlock) -> Result<Signature, SignError>;

    /// The engine decided: verifies, commits durably, and gossips the header.
    ///
    /// # Errors
    /// [`LedgerError`], as [`Ledger::commit`](crate::ledger::Ledger::commit).
    async fn decided(
        &self,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError>;
}

/// A consensus engine, as the node sees it.
#[async_trait]
pub trait Orderer: Debug + Send + Sync + 'static {
    /// The engine's name, for logs and status.
    fn name(&self) -> &'static str;

    /// Orders blocks until `shutdown`.
    ///
    /// # Errors
    /// [`OrdererError`] (local) when the engine cannot go on.
    async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), OrdererError>;

    /// A block that a peer asks this node to vote for. Engines with a transport of their own leave
    /// this as it is.
    ///
    /// # Errors
    /// [`Refusal`], sent back to the peer.
    async fn vote(&self, from: PeerId, proposal: Propose) -> Result<Signature, Refusal> {
        let _ = (from, proposal);
        Err(Refusal::NotServed)
    }
}
