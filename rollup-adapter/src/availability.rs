//! The port: what a rollup needs from a data-availability layer.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use weft_chain::{BlobId, Height, Namespace, VerifiedHeader};
use weft_encoding::Layout;
use weft_gateway_api::Wait;

use crate::verify::{NamespaceList, VerifiedReceipt};

mod errors;
mod learn_error;
mod outcome;
mod stale_head;
mod transport_error;

pub use errors::{
    FetchReceiptError, ListError, PostError, ReadError, SubscribeError, WaitForError,
};
pub use learn_error::LearnError;
pub use outcome::ReadOutcome;
pub use stale_head::StaleHead;
pub use transport_error::TransportError;

/// Verified headers, one a height, each the child of the one before it.
///
/// A broken connection is resumed at the next height. A stream that brings no block in time, or stays
/// behind the clock, yields an error. The stream ends after its first error; to go on, subscribe again
/// from the height after the last header.
pub type BlockStream = Pin<Box<dyn Stream<Item = Result<VerifiedHeader, SubscribeError>> + Send>>;

/// A namespace's complete list, one height at a time, empty at heights without a blob of it.
pub type NamespaceStream =
    Pin<Box<dyn Stream<Item = Result<NamespaceList, SubscribeError>> + Send>>;

/// A data-availability layer, as a rollup sees it. Everything that it returns is verified.
///
/// Object safe: a sequencer, a derivation pipeline or a sidecar that speaks another ecosystem's
/// protocol holds a `dyn DataAvailability`.
///
/// A derivation pipeline subscribes to its namespace ([`DataAvailability::subscribe_namespace`]),
/// reads the listed blobs in order ([`DataAvailability::read`]), derives from the batches and skips
/// the blobs that are proven malformed. Every reader then derives the same state. An error says
/// nothing about a blob: the pipeline waits until a gateway gives the outcome.
#[async_trait]
pub trait DataAvailability: Send + Sync {
    /// Posts a batch and waits until it is certified or ordered.
    ///
    /// Success means that custodians with more than two thirds of the stake hold exactly this
    /// batch under this namespace and layout. Posting the same content again gives the same blob
    /// id, so a failed post may always be repeated. A repeated post after half of the chain's
    /// retention has the batch certified and ordered again, with a later expiry.
    ///
    /// # Errors
    ///
    /// [`PostError`]: caller, if the batch does not fit its layout; peer, if the receipt does not
    /// prove what was posted; retry, if the gateway could not be reached or is busy.
    async fn post(
        &self,
        namespace: &Namespace,
        layout: Layout,
        batch: Bytes,
        wait: Wait,
    ) -> Result<VerifiedReceipt, PostError>;

    /// The current receipt of a blob.
    ///
    /// # Errors
    ///
    /// [`FetchReceiptError`]: caller, if the gateway does not know the blob; peer, if the receipt
    /// is not valid.
    async fn receipt(&self, blob_id: &BlobId) -> Result<VerifiedReceipt, FetchReceiptError>;

    /// Waits until a blob is certified or ordered, and returns its receipt.
    ///
    /// # Errors
    ///
    /// [`WaitForError`]: retry, if the blob is not there within the implementation's limit.
    async fn wait(&self, blob_id: &BlobId, until: Wait) -> Result<VerifiedReceipt, WaitForError>;

    /// Reads a blob: its batch, or the proof that it holds none.
    ///
    /// Custodians certify rows without checking that they are a batch, so anyone can have a malformed
    /// blob ordered. Readers of one blob never get different outcomes, so a derivation may skip a blob
    /// that is proven malformed.
    ///
    /// # Errors
    ///
    /// [`ReadError`]: caller, if the blob is unknown; peer, if the answer is not the blob; retry or
    /// peer, with the cells found and needed, if the blob cannot be repaired.
    async fn read(&self, blob_id: &BlobId) -> Result<ReadOutcome, ReadError>;

    /// All blobs of a namespace from one height to another, both included, proven complete.
    ///
    /// A blob id that is listed again at a later height is the same batch, posted again to be kept
    /// longer. Anyone can do that, so a derivation pipeline takes each id once.
    ///
    /// # Errors
    ///
    /// [`ListError`]: caller, if the range is empty or goes beyond the newest block; peer, if the
    /// list is not proven complete at every height.
    async fn list(
        &self,
        namespace: &Namespace,
        from: Height,
        to: Height,
    ) -> Result<NamespaceList, ListError>;

    /// The newest block's header; `None` before the first block.
    ///
    /// It is final, but a gateway may hold back newer ones, up to the greatest age that the
    /// implementation accepts.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`]: peer, if the header is not final; retry, on transport failures and if the
    /// header is too old.
    async fn head(&self) -> Result<Option<VerifiedHeader>, SubscribeError>;

    /// One block's header; `None` before the block is decided.
    ///
    /// # Errors
    ///
    /// As [`DataAvailability::head`].
    async fn header(&self, height: Height) -> Result<Option<VerifiedHeader>, SubscribeError>;

    /// Subscribes to headers from a height on: every header, in order, past ones first.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`], if the subscription cannot be started; later errors are in the stream.
    async fn subscribe(&self, from: Height) -> Result<BlockStream, SubscribeError>;

    /// Subscribes to a namespace from a height on: its complete list at every height, in order.
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
