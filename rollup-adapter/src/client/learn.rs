//! Learning validator sets: back from an unknown one to one that is trusted, then forward.
//!
//! ```text
//!   trusted <-- replaces -- update <-- replaces -- update   of the unknown root
//!      '------- approves ----^ '------ approves ----^       verified in this direction
//! ```

use thiserror::Error;
use weft_chain::{Height, SignedValidatorUpdate};
use weft_encoding::{Digest, Fault};

use super::{
    TransportError,
    http_client::{blocking, is_problem},
    transport::{Size, Transport},
};
use crate::{
    api::ProblemKind,
    verify::{Trust, UpdateError},
};

/// Most changes of the validator set between an unknown set and a trusted one.
pub const MAX_UPDATES: usize = 64;

/// Makes sure that the sets with these roots are trusted.
///
/// Costs nothing where they are. Else one answer of the gateway and one verification a change.
///
/// # Errors
///
/// [`LearnError`], as it says. Nothing is trusted then that was not approved.
pub(super) async fn learn_all(
    transport: &Transport,
    trust: &Trust,
    roots: Vec<Digest>,
) -> Result<(), LearnError> {
    for root in roots {
        if trust.validator_set(&root).is_none() {
            within_deadline(transport, root, learn(transport, trust, root)).await?;
        }
    }
    Ok(())
}

/// Makes sure that it is known whether the set `before` was replaced by the trusted set `after`.
///
/// # Errors
///
/// As [`learn_all`].
pub(super) async fn learn_change(
    transport: &Transport,
    trust: &Trust,
    before: Digest,
    after: Digest,
) -> Result<(), LearnError> {
    if before == after || trust.is_before(&before, &after) {
        return Ok(());
    }
    let limit = transport.config().max_update_bytes;
    let fetched = within_deadline(transport, after, fetch(transport, after, limit)).await;
    let update = match fetched {
        Ok((update, _)) if update.update.replaces == before => update,
        // Then it was not, as far as this gateway knows: verification says so.
        Ok(_) | Err(LearnError::NotShown { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    verify(trust, vec![(after, update)]).await
}

async fn within_deadline<T>(
    transport: &Transport,
    root: Digest,
    learning: impl Future<Output = Result<T, LearnError>>,
) -> Result<T, LearnError> {
    let limit = transport.config().transfer_deadline;
    tokio::time::timeout(limit, learning)
        .await
        .unwrap_or_else(|_| {
            Err(LearnError::Transport(TransportError::Deadline {
                path: path(root),
                limit_ms: limit.as_millis(),
            }))
        })
}

async fn learn(transport: &Transport, trust: &Trust, root: Digest) -> Result<(), LearnError> {
    let config = transport.config();
    let mut left = config.max_answer_bytes;
    let mut updates: Vec<(Digest, SignedValidatorUpdate)> = Vec::new();
    let mut wanted = root;
    while trust.validator_set(&wanted).is_none() {
        if updates.len() >= MAX_UPDATES {
            return Err(LearnError::TooManyUpdates {
                root,
                limit: MAX_UPDATES,
            });
        }
        let limit = config.max_update_bytes.min(left);
        let (update, bytes) = fetch(transport, wanted, limit).await?;
        left = left.saturating_sub(bytes);
        // Each step leads to an earlier set, so no gateway can lead in a circle.
        if let Some((_, after)) = updates.last()
            && update.update.first_height >= after.update.first_height
        {
            return Err(LearnError::Order {
                root: wanted,
                first_height: update.update.first_height,
                after: after.update.first_height,
            });
        }
        let replaces = update.update.replaces;
        updates.push((wanted, update));
        wanted = replaces;
    }
    verify(trust, updates).await
}

async fn fetch(
    transport: &Transport,
    root: Digest,
    limit: usize,
) -> Result<(SignedValidatorUpdate, usize), LearnError> {
    let answer = transport
        .get_json_within(&path(root), &[], Size::Small, limit)
        .await;
    answer.map_err(|error| {
        if is_problem(&error, ProblemKind::UnknownUpdate) {
            LearnError::NotShown { root }
        } else {
            error.into()
        }
    })
}

/// Verifies updates from the earliest, the last of the list, to the latest.
async fn verify(
    trust: &Trust,
    updates: Vec<(Digest, SignedValidatorUpdate)>,
) -> Result<(), LearnError> {
    let trust = trust.clone();
    blocking(move || {
        for (root, update) in updates.iter().rev() {
            let root = *root;
            let found = trust
                .learn(update)
                .map_err(|source| LearnError::Update { root, source })?
                .root();
            if found != root {
                return Err(LearnError::OtherSet {
                    found,
                    expected: root,
                });
            }
        }
        Ok(())
    })
    .await
}

fn path(root: Digest) -> String {
    format!("validators/updates/{root}")
}

/// Why a validator set that a gateway's answer names is not trusted.
#[derive(Debug, Error)]
pub enum LearnError {
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The gateway names a set and has no update that introduced it. Fault: peer.
    #[error("the gateway does not show how validator set {root} came about")]
    NotShown {
        /// Root of the set.
        root: Digest,
    },
    /// An update introduces another set than the one that was asked for. Fault: peer.
    #[error("the update introduces validator set {found}, expected {expected}")]
    OtherSet {
        /// Root of the update's set.
        found: Digest,
        /// The root asked for.
        expected: Digest,
    },
    /// An update does not begin before the one that follows it. Fault: peer.
    #[error("validator set {root} begins at {first_height}, the one after it at {after}")]
    Order {
        /// Root of the set.
        root: Digest,
        /// Its first height.
        first_height: Height,
        /// The first height of the set that replaced it.
        after: Height,
    },
    /// No trusted set approved an update. Fault: peer.
    #[error("the update that introduced validator set {root} is refused: {source}")]
    Update {
        /// Root of the set.
        root: Digest,
        /// Why.
        source: UpdateError,
    },
    /// More changes lie between than are looked at: begin from a later set, or follow the chain
    /// from an earlier height. Fault: caller.
    #[error("validator set {root} is more than {limit} changes after the last trusted one")]
    TooManyUpdates {
        /// Root of the set.
        root: Digest,
        /// The limit.
        limit: usize,
    },
}

impl LearnError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::NotShown { .. }
            | Self::OtherSet { .. }
            | Self::Order { .. }
            | Self::Update { .. } => Fault::Peer,
            Self::TooManyUpdates { .. } => Fault::Caller,
        }
    }
}
