//! Gets blocks from one peer and commits them in order.

use std::num::NonZeroUsize;

use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;
use weft_chain::{Block, BlockBody, Height, SignedHeader};
use weft_network::{GetBody, GetHeaders, NetworkHandle, PeerId};

use super::{FetchError, SyncMetrics};
use crate::{Arrival, Committed, Ledger, LedgerError};

/// Where a body came from, for the metrics.
#[derive(Clone, Copy)]
enum Origin {
    Voted,
    Fetched,
}

/// One peer to fetch blocks from.
pub(super) struct Source<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) network: &'a NetworkHandle,
    pub(super) metrics: &'a SyncMetrics,
    pub(super) peer: PeerId,
    pub(super) bodies_at_once: NonZeroUsize,
}

impl Source<'_> {
    /// Fetches up to `count` blocks from `from` on and commits them in order. Returns how many were
    /// committed before the peer had no more or the node stopped.
    ///
    /// # Errors
    /// [`FetchError`]; blocks committed before it stay.
    pub(super) async fn fetch(
        &self,
        from: Height,
        count: u16,
        shutdown: &CancellationToken,
    ) -> Result<usize, FetchError> {
        let headers = self.network.request(self.peer, GetHeaders { from, count });
        let Some(headers) = shutdown.run_until_cancelled(headers).await.transpose()? else {
            return Ok(0);
        };
        if headers.is_empty() {
            return Err(FetchError::NoHeaders { from });
        }
        let mut blocks = stream::iter(headers)
            .map(|signed| async move {
                let (body, origin) = self.body(&signed).await?;
                Ok::<_, FetchError>((signed, body, origin))
            })
            .buffered(self.bodies_at_once.get());
        let mut committed = 0;
        // Shutdown ends the wait for the peer, but never a commit that has begun.
        while let Some(Some(next)) = shutdown.run_until_cancelled(blocks.next()).await {
            let (signed, body, origin) = next?;
            commit(self.ledger, self.metrics, signed, body, origin).await?;
            committed += 1;
        }
        Ok(committed)
    }

    async fn body(&self, signed: &SignedHeader) -> Result<(BlockBody, Origin), FetchError> {
        if let Some(kept) = kept(self.ledger, signed).await? {
            return Ok((kept, Origin::Voted));
        }
        let height = signed.header.height;
        let body = self
            .network
            .request(self.peer, GetBody { height })
            .await?
            .map_err(|refusal| FetchError::Body { height, refusal })?;
        Ok((body, Origin::Fetched))
    }
}

/// Commits the block of a gossiped header if this node has voted on its body; false if not.
///
/// # Errors
/// [`FetchError::Block`].
pub(super) async fn complete(
    ledger: &Ledger,
    metrics: &SyncMetrics,
    signed: SignedHeader,
) -> Result<bool, FetchError> {
    let Some(body) = kept(ledger, &signed).await? else {
        return Ok(false);
    };
    commit(ledger, metrics, signed, body, Origin::Voted).await?;
    Ok(true)
}

/// The body of a header, if this node has stored its block for a vote.
async fn kept(ledger: &Ledger, signed: &SignedHeader) -> Result<Option<BlockBody>, FetchError> {
    let (height, hash) = (signed.header.height, signed.header.hash());
    let store = ledger.store().clone();
    let kept = tokio::task::spawn_blocking(move || store.proposal(height, &hash))
        .await
        .map_err(|_| LedgerError::Closed)
        .and_then(|kept| kept.map_err(LedgerError::Store))
        .map_err(|source| FetchError::Block { height, source })?;
    Ok(kept.map(|block| block.body))
}

async fn commit(
    ledger: &Ledger,
    metrics: &SyncMetrics,
    signed: SignedHeader,
    body: BlockBody,
    origin: Origin,
) -> Result<(), FetchError> {
    let SignedHeader { header, finality } = signed;
    let height = header.height;
    let committed = ledger
        .commit_from(Arrival::Synced, Block { header, body }, finality)
        .await
        .map_err(|source| FetchError::Block { height, source })?;
    if committed == Committed::New {
        let origin = match origin {
            Origin::Voted => "voted",
            Origin::Fetched => "fetched",
        };
        metrics.committed_blocks.with_label_values(&[origin]).inc();
    }
    Ok(())
}
