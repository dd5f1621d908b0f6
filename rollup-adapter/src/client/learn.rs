//! Learning validator sets: back from the one in force at a height to one that is known to be, then
//! forward.
//!
//! ```text
//!   known <-- replaces -- update <-- replaces -- update   of the set at the height
//!     '---- approves ------^ '------ approves ----^       verified in this direction,
//!     '-- header before ---' '--- header before --'       each with the header that decided it
//! ```
//!
//! Each step asks for the update by which a set came *to the height* where it has to be in force. So
//! a set that was replaced and came back is shown with the update that brought it back.

use thiserror::Error;
use weft_chain::{Height, SignedHeader, SignedValidatorUpdate};
use weft_encoding::{Digest, Fault};

use super::{
    TransportError,
    clock::trust_now,
    http_client::{blocking, is_problem},
    transport::{Size, Transport},
};
use crate::{
    api::{BlockHeaderDto, ProblemKind},
    verify::{HeaderError, Trust, UpdateError},
};

/// Most changes of the validator set between an unknown set and a trusted one.
pub const MAX_UPDATES: usize = 64;

/// Makes sure, for each of these sets, that it is known to be in force at the height beside it. Sets
/// that a gateway does not show to be are left for verification to refuse, if they are trusted at
/// other heights.
///
/// Costs nothing where it is known. Else two answers of the gateway and one verification a change.
///
/// # Errors
///
/// [`LearnError`], as it says. Nothing is trusted then that was not decided.
pub(super) async fn learn_in_force(
    transport: &Transport,
    trust: &Trust,
    sets: Vec<(Digest, Height)>,
) -> Result<(), LearnError> {
    for (root, height) in sets {
        if is_known(trust, root, height) {
            continue;
        }
        within_deadline(transport, root, async {
            show_checkpoint(transport, trust).await?;
            match walk(transport, trust, root, Some(height)).await {
                Err(LearnError::NotShown { root: missing })
                    if missing == root && trust.validator_set(&root).is_some() =>
                {
                    Ok(())
                }
                done => done,
            }
        })
        .await?;
    }
    Ok(())
}

/// Makes sure that a set is trusted at some height.
///
/// # Errors
///
/// As [`learn_in_force`].
pub(super) async fn learn_set(
    transport: &Transport,
    trust: &Trust,
    root: Digest,
) -> Result<(), LearnError> {
    if trust.checkpoint_to_show().is_none() && trust.validator_set(&root).is_some() {
        return Ok(());
    }
    within_deadline(transport, root, async {
        show_checkpoint(transport, trust).await?;
        walk(transport, trust, root, None).await
    })
    .await
}

/// Whether a header of this set at this height needs nothing more than its signatures.
fn is_known(trust: &Trust, root: Digest, height: Height) -> bool {
    trust.checkpoint_to_show().is_none()
        && trust.is_in_force(&root, height)
        && trust.validator_set(&root).is_some()
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

/// Asks for the header that the checkpoint names, if it was not shown yet.
async fn show_checkpoint(transport: &Transport, trust: &Trust) -> Result<(), LearnError> {
    if let Some(checkpoint) = trust.checkpoint_to_show() {
        let signed = fetch_header(transport, checkpoint.height).await?;
        trust
            .show_checkpoint(&signed.header)
            .map_err(LearnError::Checkpoint)?;
    }
    Ok(())
}

/// Goes from the set with this root, in force at `height` or for the first time, back to one that is
/// known to be in force, and verifies the changes from there.
async fn walk(
    transport: &Transport,
    trust: &Trust,
    root: Digest,
    height: Option<Height>,
) -> Result<(), LearnError> {
    let config = transport.config();
    let mut left = config.max_answer_bytes;
    let mut updates: Vec<(Digest, SignedValidatorUpdate)> = Vec::new();
    let (mut wanted, mut at) = (root, height);
    loop {
        let is_named = at.is_some_and(|at| trust.is_in_force(&wanted, at));
        if trust.validator_set(&wanted).is_some() && (is_named || at.is_none()) {
            break;
        }
        if updates.len() >= MAX_UPDATES {
            return Err(LearnError::TooManyUpdates {
                root,
                limit: MAX_UPDATES,
            });
        }
        let limit = config.max_update_bytes.min(left);
        let (update, bytes) = fetch(transport, wanted, at, limit).await?;
        left = left.saturating_sub(bytes);
        if is_named {
            // Its root is proven by a header already, and stands for keys and stakes.
            show_set(trust, wanted, update).await?;
            break;
        }
        // Each step leads to an earlier height, so no gateway can lead in a circle.
        let first_height = update.update.first_height;
        let before = first_height
            .previous()
            .filter(|_| first_height > Height::FIRST);
        let is_earlier = at.is_none_or(|at| first_height <= at);
        let Some(before) = before.filter(|_| is_earlier) else {
            return Err(LearnError::Order {
                root: wanted,
                first_height,
                at: at.unwrap_or(Height::FIRST),
            });
        };
        let replaces = update.update.replaces;
        updates.push((wanted, update));
        (wanted, at) = (replaces, Some(before));
    }
    for (root, update) in updates.into_iter().rev() {
        verify(transport, trust, root, update).await?;
    }
    Ok(())
}

async fn fetch(
    transport: &Transport,
    root: Digest,
    at: Option<Height>,
    limit: usize,
) -> Result<(SignedValidatorUpdate, usize), LearnError> {
    let query = at.map(|at| ("height", at.to_string()));
    let query: Vec<_> = query.into_iter().collect();
    let answer = transport
        .get_json_within(&path(root), &query, Size::Small, limit)
        .await;
    answer.map_err(|error| {
        if is_problem(&error, ProblemKind::UnknownUpdate) {
            LearnError::NotShown { root }
        } else {
            error.into()
        }
    })
}

async fn fetch_header(transport: &Transport, height: Height) -> Result<SignedHeader, LearnError> {
    let path = format!("blocks/{height}");
    let dto: BlockHeaderDto = transport.get_json(&path, &[], Size::Small).await?;
    Ok(SignedHeader {
        header: dto.encoded.0,
        finality: dto.finality.0,
    })
}

/// Takes the keys of a set that is known by its root from an update that introduced it.
async fn show_set(
    trust: &Trust,
    root: Digest,
    update: SignedValidatorUpdate,
) -> Result<(), LearnError> {
    let trust = trust.clone();
    blocking(move || {
        let refused = |error| LearnError::Update {
            root,
            source: Box::new(UpdateError::Refused(error)),
        };
        update.validate().map_err(refused)?;
        let set = update
            .update
            .validator_set()
            .map_err(|error| refused(error.into()))?;
        check_root(set.root(), root)?;
        trust.show_set(&set);
        Ok(())
    })
    .await
}

/// Verifies a change with the header before it, which the gateway shows if it is not known.
async fn verify(
    transport: &Transport,
    trust: &Trust,
    root: Digest,
    update: SignedValidatorUpdate,
) -> Result<(), LearnError> {
    let before = update.update.first_height.previous().unwrap_or_default();
    let signed = match trust.header(before) {
        Some(header) => header.into_signed(),
        None => fetch_header(transport, before).await?,
    };
    let trust = trust_now(trust, transport.config());
    blocking(move || {
        let set = trust
            .learn(&update, &signed)
            .map_err(|error| LearnError::Update {
                root,
                source: Box::new(error),
            })?;
        check_root(set.root(), root)
    })
    .await
}

fn check_root(found: Digest, expected: Digest) -> Result<(), LearnError> {
    if found == expected {
        Ok(())
    } else {
        Err(LearnError::OtherSet { found, expected })
    }
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
    /// The gateway names a set and has no update by which it came. Fault: peer.
    #[error("the gateway does not show how validator set {root} came to be in force")]
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
    /// An update begins after the height to which it has to have brought its set. Fault: peer.
    #[error("validator set {root} begins at {first_height}, it has to be in force at {at}")]
    Order {
        /// Root of the set.
        root: Digest,
        /// Its first height.
        first_height: Height,
        /// The height at which it has to be in force.
        at: Height,
    },
    /// The header that the checkpoint names is not the one that the gateway has. Fault: as it says.
    #[error("the checkpoint is not shown: {0}")]
    Checkpoint(#[source] HeaderError),
    /// An update is not approved and decided by the set in force before it. Fault: as it says.
    #[error("the update that introduced validator set {root} is refused: {source}")]
    Update {
        /// Root of the set.
        root: Digest,
        /// Why.
        source: Box<UpdateError>,
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
            Self::NotShown { .. } | Self::OtherSet { .. } | Self::Order { .. } => Fault::Peer,
            Self::Checkpoint(error) => error.fault(),
            Self::Update { source, .. } => source.fault(),
            Self::TooManyUpdates { .. } => Fault::Caller,
        }
    }
}
