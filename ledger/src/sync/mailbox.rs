//! What the node tells sync.

use tokio::sync::mpsc;
use weft_chain::{Height, SignedHeader};
use weft_network::PeerId;

use super::SyncMetrics;

/// News that may wait; what comes beyond is dropped, and the next poll finds it out.
const MAILBOX: usize = 1_024;

/// Something that concerns what peers have.
#[derive(Debug)]
pub(super) enum News {
    Joined(PeerId),
    Left(PeerId),
    Height(PeerId, Height),
    Header(PeerId, Box<SignedHeader>),
}

/// Tells sync what the node hears. Cheap to clone; never blocks.
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

    /// A peer's chain goes to `height`, as it says or shows.
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
