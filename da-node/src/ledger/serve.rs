//! Answers peers that ask for the decided chain.

use weft_chain::{BlockBody, Height, SignedHeader};
use weft_encoding::Commitment;
use weft_network::{GetBody, GetCommitments, GetHeaders, Refusal, Status};

use super::Ledger;
use crate::store::{Store, StoreError};

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

    /// How far this node's chain goes.
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
    /// A store that fails ends the list: the peer asks again for what it did not get.
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

    /// The commitments of a decided block's rows, in order.
    ///
    /// # Errors
    /// As [`Self::body`].
    pub async fn commitments(&self, request: GetCommitments) -> Result<Vec<Commitment>, Refusal> {
        let body = self
            .body(GetBody {
                height: request.height,
            })
            .await?;
        Ok(body.commitments())
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
