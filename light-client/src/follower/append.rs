//! Verifying headers and storing the valid ones.

use weft_chain::{Height, SignedHeader};
use weft_network::{GossipValidation, PeerId};

use super::HeaderChain;
use crate::{FollowError, StoreError, store::Store};

/// Where headers came from.
#[derive(Debug)]
pub(super) enum Source {
    Gossip(PeerId, GossipValidation),
    Range(Range),
}

impl Source {
    /// The peer that sent them.
    pub(super) fn peer(&self) -> PeerId {
        match self {
            Self::Gossip(peer, _) => *peer,
            Self::Range(range) => range.peer,
        }
    }

    /// Neither forwards the message nor blames its peer.
    pub(super) fn ignore(self) {
        if let Self::Gossip(_, validation) = self {
            validation.ignore();
        }
    }
}

/// A range of headers that a peer was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) peer: PeerId,
    /// The last height of the range, or the greatest height that the peer claimed if that is lower.
    pub(super) to: Height,
}

/// Headers that were verified and stored, and why the rest was not.
pub(super) struct Appended {
    /// The chain with the stored headers.
    pub(super) chain: HeaderChain,
    pub(super) count: usize,
    /// The last height that the peer sent, stored or not.
    pub(super) last: Height,
    pub(super) refused: Option<FollowError>,
    pub(super) source: Source,
}

/// Verifies headers in order and stores the valid ones, up to the first invalid one or to a change to
/// an unknown validator set. The headers after it are requested again.
///
/// `now` is in Unix milliseconds. Cost: two pairings a header, and one durable write.
pub(super) fn append(
    mut chain: HeaderChain,
    store: &Store,
    headers: &[SignedHeader],
    source: Source,
    now: u64,
) -> Result<Appended, StoreError> {
    let last = headers
        .last()
        .map_or(chain.height(), |signed| signed.header.height);
    let mut verified = Vec::with_capacity(headers.len());
    let mut refused = None;
    for header in headers {
        if chain.missing().is_some() {
            break;
        }
        let timely = chain
            .check_age(now)
            .and_then(|()| chain.check_clock(&header.header, now));
        match timely.and_then(|()| chain.append(header)) {
            Ok(header) => verified.push(header),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    if !verified.is_empty() {
        store.append(&verified)?;
    }
    Ok(Appended {
        chain,
        count: verified.len(),
        last,
        refused,
        source,
    })
}
