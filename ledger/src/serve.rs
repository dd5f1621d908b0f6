//! Answers peers that ask for the decided chain.

use weft_chain::{
    BlobHeader, BlockBody, Height, SignedHeader, SignedValidatorUpdate, ValidatorUpdateError,
};
use weft_encoding::Fault;
use weft_network::{
    GetBlobHeaders, GetBody, GetHeaders, GetValidatorUpdate, Offence, OfferUpdate, Refusal, Status,
};

use super::{Ledger, UpdateError, UpdateRefusal};
use crate::store::{Store, StoreError};

/// An offered update that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRefused {
    /// The answer to the peer.
    pub refusal: Refusal,
    /// The offence to count against the peer, if the update can never have been valid.
    pub offence: Option<Offence>,
}

/// The offence in offering a refused update. An update that is too late, too early or a repeat is
/// none: an honest peer whose chain is behind or ahead may forward it.
fn offence(error: &UpdateRefusal) -> Option<Offence> {
    let UpdateRefusal::Update(UpdateError::Invalid(error)) = error else {
        return None;
    };
    match error {
        ValidatorUpdateError::WrongSet { .. } | ValidatorUpdateError::Height { .. } => None,
        ValidatorUpdateError::Certificate(_) => Some(Offence::InvalidSignature),
        _ => Some(Offence::InvalidBlock),
    }
}

/// Serves the decided chain from the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LedgerServer {
    ledger: Ledger,
}

impl LedgerServer {
    /// Serves `ledger`.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }

    /// Height and hash of this node's head.
    #[must_use]
    pub fn status(&self) -> Status {
        let head = self.ledger.head();
        Status {
            height: head.height,
            header_hash: head.hash,
        }
    }

    /// Up to `count` signed headers from a height on; empty when there are none yet.
    ///
    /// The list is also empty when the store fails; the peer then asks again.
    pub async fn headers(&self, request: GetHeaders) -> Vec<SignedHeader> {
        let read = self.read(move |store| {
            let mut headers = Vec::new();
            let mut height = request.from;
            for _ in 0..request.count {
                let Some(signed) = store.signed_header(height)? else {
                    break;
                };
                headers.push(signed);
                height = height.saturating_add(1);
            }
            Ok(headers)
        });
        read.await.unwrap_or_default()
    }

    /// The body of a decided block.
    ///
    /// # Errors
    /// [`Refusal::NotYet`] above the head, [`Refusal::Unknown`] at height 0,
    /// [`Refusal::Failed`] when the store fails.
    pub async fn body(&self, request: GetBody) -> Result<BlockBody, Refusal> {
        self.check_height(request.height)?;
        self.read(move |store| store.body(request.height))
            .await?
            .ok_or(Refusal::Unknown)
    }

    /// The headers of a decided block's blobs, in the block's order.
    ///
    /// # Errors
    /// As [`Self::body`].
    pub async fn blob_headers(&self, request: GetBlobHeaders) -> Result<Vec<BlobHeader>, Refusal> {
        let body = self
            .body(GetBody {
                height: request.height,
            })
            .await?;
        Ok(body.blobs.into_iter().map(|blob| blob.header).collect())
    }

    /// The update that introduced a validator set.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] for a set that no update introduced, [`Refusal::Failed`] when the store
    /// fails.
    pub async fn validator_update(
        &self,
        request: GetValidatorUpdate,
    ) -> Result<SignedValidatorUpdate, Refusal> {
        let ledger = self.ledger.clone();
        self.read(move |_| ledger.update_for(&request.root))
            .await?
            .ok_or(Refusal::Unknown)
    }

    /// Takes an update of the validator set for inclusion in a block.
    ///
    /// # Errors
    /// [`OfferRefused`]: [`Refusal::Invalid`] when no later block may include it, [`Refusal::Busy`]
    /// when too many are pending, [`Refusal::Failed`] when the store fails.
    pub async fn offer_update(&self, request: OfferUpdate) -> Result<(), OfferRefused> {
        let ledger = self.ledger.clone();
        let offered = tokio::task::spawn_blocking(move || ledger.offer_update(request.update));
        let offered = offered.await.unwrap_or(Err(UpdateRefusal::Closed));
        offered.map_err(|error| OfferRefused {
            offence: offence(&error),
            refusal: match error.fault() {
                Fault::Caller | Fault::Peer => Refusal::invalid(error),
                Fault::Retry => Refusal::Busy,
                Fault::Local => {
                    tracing::error!(%error, "the store failed while an update was offered");
                    Refusal::Failed
                }
            },
        })
    }

    fn check_height(&self, height: Height) -> Result<(), Refusal> {
        if height == Height::GENESIS {
            return Err(Refusal::Unknown);
        }
        if height > self.ledger.head().height {
            return Err(Refusal::NotYet);
        }
        Ok(())
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let store = self.ledger.store().clone();
        match tokio::task::spawn_blocking(move || job(&store)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::error!(%error, "the store failed while serving the chain");
                Err(Refusal::Failed)
            }
            Err(_) => Err(Refusal::Failed),
        }
    }
}
