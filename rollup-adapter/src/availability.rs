//! The port: what a rollup needs of a data-availability layer.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use weft_chain::{BlobId, Height, Namespace, VerifiedHeader};
use weft_encoding::Layout;

use crate::{
    api::Wait,
    verify::{NamespaceList, VerifiedReceipt},
};

mod errors;
mod outcome;

pub use errors::{
    FetchReceiptError, ListError, PostError, ReadError, SubscribeError, WaitForError,
};
pub use outcome::ReadOutcome;

/// Verified headers, one a height, each the child of the one before it.
///
/// Broken connections are taken up again where they broke. A stream that brings no block in time, or
/// stays behind the clock, ends with the error that says so. The stream ends after its first error;
/// to follow on, subscribe again from the height after the last one that came.
pub type BlockStream = Pin<Box<dyn Stream<Item = Result<VerifiedHeader, SubscribeError>> + Send>>;

/// A namespace's complete list, one height at a time, also for the heights where it has none.
pub type NamespaceStream =
    Pin<Box<dyn Stream<Item = Result<NamespaceList, SubscribeError>> + Send>>;

/// A data-availability layer, as a rollup sees it. All that it returns is verified.
///
/// Object safe: a sequencer, a derivation pipeline or a sidecar that speaks another ecosystem's
/// protocol holds a `dyn DataAvailability`.
///
/// A derivation follows its namespace ([`DataAvailability::subscribe_namespace`]), reads the listed
/// blobs in their order ([`DataAvailability::read`]), derives from the batches and skips the blobs
/// that are proven malformed. Every reader then derives the same. An error says nothing of a blob:
/// the derivation stays where it is until a gateway gives the outcome.
#[async_trait]
pub trait DataAvailability: Send + Sync {
    /// Posts a batch and waits until it is certified or ordered.
    ///
    /// Success means that custodians with more than two thirds of the stake hold exactly this
    /// batch under this namespace and layout. Posting the same content again gives the same blob
    /// id and costs nothing but time, so a failed post may always be repeated. Once half of the
    /// chain's retention is over, it has the batch kept and ordered anew.
    ///
    /// # Errors
    ///
    /// [`PostError`]: caller, if the batch does not fit its layout; peer, if the receipt does not
    /// prove what was posted; retry, if the gateway could not be reached or asked for patience.
    async fn post(
        &self,
        namespace: &Namespace,
        layout: Layout,
        batch: Bytes,
        wait: Wait,
    ) -> Result<VerifiedReceipt, PostError>;

    /// The receipt of a blob as it is at this time.
    ///
    /// # Errors
    ///
    /// [`FetchReceiptError`]: caller, if the gateway does not know the blob; peer, if the receipt
    /// does not hold.
    async fn receipt(&self, blob_id: &BlobId) -> Result<VerifiedReceipt, FetchReceiptError>;

    /// Waits until a blob is certified or ordered, and gives its receipt.
    ///
    /// # Errors
    ///
    /// [`WaitForError`]: retry, if it did not come so far within the implementation's limit.
    async fn wait(&self, blob_id: &BlobId, until: Wait) -> Result<VerifiedReceipt, WaitForError>;

    /// Reads a blob: its batch, or the proof that it holds none.
    ///
    /// Anyone may have a blob certified and ordered whose rows are no batch. Readers of one blob
    /// never get different outcomes, so a derivation may skip a blob that is proven malformed.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: caller, if nobody knows the blob; peer, if what came is not the blob; retry
    /// or peer, with the cells had and needed, if it cannot be repaired.
    async fn read(&self, blob_id: &BlobId) -> Result<ReadOutcome, ReadError>;

    /// Every blob of a namespace from one height to another, both included, and none missing.
    ///
    /// A blob id that comes again at a later height is the same batch, kept anew. Anybody can post
    /// it, so whoever derives a state from batches takes each id once.
    ///
    /// # Errors
    ///
    /// [`ListError`]: caller, if the range is empty or goes beyond the newest block; peer, if the
    /// list is not proven complete for every height of it.
    async fn list(
        &self,
        namespace: &Namespace,
        from: Height,
        to: Height,
    ) -> Result<NamespaceList, ListError>;

    /// The newest block's header; `None` before the first block.
    ///
    /// It is final, but a gateway may hold back a newer one, up to the age that the implementation
    /// takes.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`]: peer, if the header is not final; retry, on transport failures and if the
    /// header is too old.
    async fn head(&self) -> Result<Option<VerifiedHeader>, SubscribeError>;

    /// One block's header; `None` if the block is not there yet.
    ///
    /// # Errors
    ///
    /// As [`DataAvailability::head`].
    async fn header(&self, height: Height) -> Result<Option<VerifiedHeader>, SubscribeError>;

    /// Follows the chain from a height on: every header, in order, past ones first.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`], if the subscription cannot be started; later ones come in the stream.
    async fn subscribe(&self, from: Height) -> Result<BlockStream, SubscribeError>;

    /// Follows a namespace from a height on: its complete list for every height, in order.
    ///
    /// # Errors
    ///
    /// As [`DataAvailability::subscribe`].
    async fn subscribe_namespace(
        &self,
        namespace: &Namespace,
        from: Height,
    ) -> Result<NamespaceStream, SubscribeError>;
}
