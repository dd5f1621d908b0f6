//! Asking peers one after another until one gives what is needed.

use std::time::Duration;

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep_until};
use weft_network::PeerId;

/// The next peer is asked when the last one has not answered for this long.
const HEDGE: Duration = Duration::from_millis(700);

/// Peers asked at a time.
const MAX_ASKED: usize = 4;

/// Asks each of the peers once, in order, until one gives a good answer.
pub(super) async fn first_good<A, T, Q, J>(
    peers: Vec<PeerId>,
    question: impl Fn(PeerId) -> Q,
    judge: impl Fn(PeerId, A) -> J,
) -> Option<T>
where
    Q: Future<Output = A>,
    J: Future<Output = Option<T>>,
{
    let mut peers = peers.into_iter();
    let mut asked = FuturesUnordered::new();
    let mut ask_at = Instant::now();
    while !(peers.len() == 0 && asked.is_empty()) {
        tokio::select! {
            Some((peer, answer)) = asked.next(), if !asked.is_empty() => {
                if let Some(good) = judge(peer, answer).await {
                    return Some(good);
                }
                ask_at = Instant::now();
            }
            () = sleep_until(ask_at), if peers.len() > 0 && asked.len() < MAX_ASKED => {
                asked.extend(peers.next().map(|peer| {
                    let answer = question(peer);
                    async move { (peer, answer.await) }
                }));
                ask_at = Instant::now() + HEDGE;
            }
        }
    }
    None
}
