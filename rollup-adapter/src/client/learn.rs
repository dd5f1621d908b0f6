//! Learning validator sets: back from the set in force at a height to one that is known to be in
//! force, then forward again.
//!
//! ```text
//!   known <-- replaces -- update <-- replaces -- update   of the set at the height
//!     '---- approves ------^ '------ approves ----^       verified in this direction,
//!     '-- header before ---' '--- header before --'       each with the header that decided it
//! ```
//!
//! Each step fetches the update that brought a set into force *at the height* where it has to be in
//! force. For a set that was replaced and came back, that is the update that brought it back.

use weft_chain::{Height, SignedHeader, SignedValidatorUpdate};
use weft_encoding::Digest;
use weft_gateway_api::{BlockHeaderDto, ProblemKind};

use super::{
    clock::trust_now,
    http_client::{blocking, is_problem},
    transport::{Size, Transport},
};
use crate::{
    availability::{LearnError, TransportError},
    verify::{Trust, UpdateError},
};

/// Most changes of the validator set from a trusted set to an unknown one.
pub const MAX_UPDATES: usize = 64;

/// Learns, for each of these sets, that it is in force at its height. A set that is trusted at other
/// heights, and that the gateway does not show at this one, is left for verification to refuse.
///
/// Costs nothing for a known set, else two requests and one verification a change.
///
/// # Errors
///
/// [`LearnError`]. Only decided sets are trusted afterwards.
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

/// Learns that a set is in force at some height.
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

/// Whether nothing but the signatures is needed to verify a header of this set at this height.
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

/// Fetches the checkpoint's header, unless it is known already.
async fn show_checkpoint(transport: &Transport, trust: &Trust) -> Result<(), LearnError> {
    if let Some(checkpoint) = trust.checkpoint_to_show() {
        let signed = fetch_header(transport, checkpoint.height).await?;
        trust
            .show_checkpoint(&signed.header)
            .map_err(LearnError::Checkpoint)?;
    }
    Ok(())
}

/// Goes back from the set with this root to one that is known to be in force, and verifies the changes
/// from there. The set is the one in force at `height`, or where `height` is `None` the one that the
/// root's first update introduced.
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
            // A header has proven its root, which commits to keys and stakes.
            show_set(trust, wanted, update).await?;
            break;
        }
        // Each step goes to an earlier height, so a gateway cannot send the client in a circle.
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

/// Takes the keys of a set whose root is proven from an update that introduced it.
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

/// Verifies a change with the header before it, which is fetched unless it is known.
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
