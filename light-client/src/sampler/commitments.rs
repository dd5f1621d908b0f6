//! Fetching a block's commitments.
//!
//! They come as the headers of the block's blobs and are checked against the block's namespaces too:
//! the client never samples a matrix whose rows are not those of the listed blobs.

use std::{collections::HashSet, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use rand::seq::SliceRandom;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};
use weft_chain::{BlobHeader, BlobHeadersError, VerifiedHeader, verify_blob_headers};
use weft_encoding::{Commitment, MatrixCommitments};
use weft_network::{GetBlobHeaders, Offence, PeerId, Refusal, RequestError};
use weft_sampling::session::Evidence;

use super::block::BlockContext;

/// The next peer is asked when the last one has not answered for this long.
const HEDGE: Duration = Duration::from_millis(700);

/// The pause between two rounds of peers.
const NEXT_ROUND: Duration = Duration::from_millis(500);

/// Peers asked at a time.
const MAX_ASKED: usize = 8;

/// The outcome of fetching a block's commitments.
pub(super) enum Commitments {
    /// The header commits to them, and all are points of the subgroup.
    Found(MatrixCommitments),
    /// The header commits to bytes that are not points, or contradicts the blobs that it lists.
    Condemned(Evidence),
    /// No peer gave them before the deadline.
    Missing,
}

/// Asks peers in random order until one gives the blob headers that the block's header commits to.
///
/// A dishonest quorum can sign a header that contradicts its blobs. Then either a peer gives the blobs
/// that it lists, which condemns the header, or the commitments stay missing.
pub(super) async fn fetch(
    context: &BlockContext,
    header: &VerifiedHeader,
    peers: impl Fn() -> Vec<PeerId>,
    deadline: Instant,
) -> Commitments {
    let height = header.height;
    let mut lying: HashSet<PeerId> = HashSet::new();
    let mut round: Vec<PeerId> = Vec::new();
    let mut asked = FuturesUnordered::new();
    let mut ask_at = Instant::now();
    loop {
        tokio::select! {
            () = sleep_until(deadline) => return Commitments::Missing,
            Some((peer, answer)) = asked.next(), if !asked.is_empty() => {
                match judge(header, answer) {
                    Answer::Right(commitments) => {
                        let checked = move || MatrixCommitments::new(&commitments);
                        match context.pool.run(checked).await {
                            Some(Ok(matrix)) => return Commitments::Found(matrix),
                            Some(Err(error)) => {
                                return Commitments::Condemned(Evidence::Commitments(error));
                            }
                            None => {}
                        }
                    }
                    Answer::FalseHeader(error) => {
                        return Commitments::Condemned(Evidence::BlobHeaders(error));
                    }
                    Answer::Wrong(error) => {
                        warn!(%peer, %height, %error, "a peer gave blob headers of another block");
                        context.network.report(peer, Offence::InvalidProof);
                        lying.insert(peer);
                    }
                    Answer::None(reason) => {
                        debug!(%peer, %height, reason, "a peer gave no commitments");
                    }
                }
                if !round.is_empty() {
                    ask_at = Instant::now();
                }
            }
            () = sleep_until(ask_at), if asked.len() < MAX_ASKED => {
                if round.is_empty() && asked.is_empty() {
                    round = peers();
                    round.retain(|peer| !lying.contains(peer));
                    round.shuffle(&mut rand::rng());
                }
                match round.pop() {
                    Some(peer) => {
                        let network = context.network.clone();
                        asked.push(async move {
                            (peer, network.request(peer, GetBlobHeaders { height }).await)
                        });
                        ask_at = Instant::now() + HEDGE;
                    }
                    None => ask_at = Instant::now() + NEXT_ROUND,
                }
            }
        }
    }
}

enum Answer {
    Right(Vec<Commitment>),
    /// The blob headers are those that the header lists, and the header contradicts them.
    FalseHeader(BlobHeadersError),
    Wrong(BlobHeadersError),
    None(String),
}

fn judge(
    header: &VerifiedHeader,
    answer: Result<Result<Vec<BlobHeader>, Refusal>, RequestError>,
) -> Answer {
    match answer {
        Ok(Ok(blobs)) => match verify_blob_headers(header, &blobs) {
            Ok(commitments) => Answer::Right(commitments),
            Err(error) if error.proves_false_header() => Answer::FalseHeader(error),
            Err(error) => Answer::Wrong(error),
        },
        Ok(Err(refusal)) => Answer::None(refusal.to_string()),
        Err(error) => Answer::None(error.to_string()),
    }
}
