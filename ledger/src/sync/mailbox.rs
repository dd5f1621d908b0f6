//! The node's reports to sync.

use tokio::sync::mpsc;
use weft_chain::{Height, SignedHeader};
use weft_network::PeerId;

use super::SyncMetrics;

/// Length of the queue. Further reports are dropped; the next poll recovers them.
const MAILBOX: usize = 1_024;

/// A report about a peer.
#[derive(Debug)]
pub(super) enum News {
    Joined(PeerId),
    Left(PeerId),
    Height(PeerId, Height),
    Header(PeerId, Box<SignedHeader>),
}

/// Reports peers and headers to sync. Cheap to clone; never blocks.
#[derive(Clone, Debug)]
pub struct SyncHandle {
    news: mpsc::Sender<News>,
    metrics: SyncMetrics,
}

impl SyncHandle {
    pub(super) fn new(metrics: SyncMetrics) -> (Self, mpsc::Receiver<News>) {
        let (news, mailbox) = mpsc::channel(MAILBOX);
        (Self { news, metrics }, mailbox)
    }

    /// A peer is connected.
    pub fn joined(&self, peer: PeerId) {
        self.tell(News::Joined(peer));
    }

    /// A peer is no longer connected.
    pub fn left(&self, peer: PeerId) {
        self.tell(News::Left(peer));
    }

    /// A peer's chain reaches `height`, by its own claim or a header that it sent.
    pub fn heard(&self, peer: PeerId, height: Height) {
        self.tell(News::Height(peer, height));
    }

    /// A peer gossiped a header, whose certificate has been verified.
    pub fn header(&self, peer: PeerId, header: SignedHeader) {
        self.tell(News::Header(peer, Box::new(header)));
    }

    fn tell(&self, news: News) {
        if self.news.try_send(news).is_err() {
            self.metrics.dropped_news.inc();
        }
    }
}
