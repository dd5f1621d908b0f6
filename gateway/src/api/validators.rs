//! Validator sets and their updates.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use weft_chain::{Height, SignedValidatorUpdate, ValidatorSet};
use weft_encoding::{Digest, Fault};
use weft_gateway_api::{
    ComingSetDto, OfferedUpdateDto, ProblemDto, ProblemKind, ValidatorDto, ValidatorSetDto,
};
use weft_network::Directory;
use weft_network::Multiaddr;

use super::extract::{self, ApiPath, ApiQuery};
use super::{ApiContext, Problem, refusals};

/// Bytes of the longest update as JSON: an update of [`weft_chain::MAX_UPDATE_BYTES`] takes more
/// than twice as much, because its keys and proofs are hex.
const MAX_UPDATE_JSON_BYTES: u64 = 4 << 20;

/// The valid heights.
const HEIGHT_LIMIT: &str = "a height from 1";

/// The height of the set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SetQuery {
    /// The height whose block the validators finalise, from 1; by default the next one.
    height: Option<String>,
}

/// The validators of a height.
#[utoipa::path(
    get,
    path = "/validators",
    tag = "validators",
    params(SetQuery),
    responses(
        (status = 200, body = ValidatorSetDto),
        (status = 400, body = ProblemDto, content_type = "application/problem+json"),
        (status = 404, body = ProblemDto, content_type = "application/problem+json",
            description = "The height is beyond the next block: `limit`"),
    )
)]
pub(super) async fn get_validators(
    State(context): State<ApiContext>,
    ApiQuery(query): ApiQuery<SetQuery>,
) -> Result<Json<ValidatorSetDto>, Problem> {
    let ledger = context.ledger();
    let next = ledger.head().next_height();
    let height = query
        .height
        .as_deref()
        .map(|text| extract::parameter::<Height>("height", text, HEIGHT_LIMIT))
        .transpose()?
        .unwrap_or(next);
    // Later sets may still change. The answer for the next height includes the scheduled set.
    if height < Height::FIRST || height > next {
        return Err(refusals::unknown_set_height(height, next));
    }
    let sets = ledger.validator_sets();
    let coming = sets.coming(height).map(|(first, set)| ComingSetDto {
        first_height: first.get(),
        root: set.root(),
    });
    let set = sets.at(height);
    Ok(Json(set_dto(height, &set, ledger.directory(), coming)))
}

fn set_dto(
    height: Height,
    set: &ValidatorSet,
    directory: &Directory,
    coming: Option<ComingSetDto>,
) -> ValidatorSetDto {
    let validators = set
        .iter()
        .map(|(index, validator)| {
            let contact = directory.by_key(&validator.public_key);
            let texts = |addresses: &[Multiaddr]| -> Vec<String> {
                addresses.iter().map(ToString::to_string).collect()
            };
            let contact = contact.as_deref();
            ValidatorDto {
                index: index.get() as u64,
                name: contact
                    .map(|contact| contact.name.clone())
                    .unwrap_or_default(),
                public_key: validator.public_key,
                stake: validator.stake,
                proof_of_possession: validator.proof_of_possession,
                peer_id: contact
                    .map(|contact| contact.peer.to_string())
                    .unwrap_or_default(),
                addresses: contact
                    .map(|contact| texts(&contact.addresses))
                    .unwrap_or_default(),
                consensus_addresses: contact
                    .map(|contact| texts(&contact.consensus_addresses))
                    .unwrap_or_default(),
            }
        })
        .collect();
    ValidatorSetDto {
        height: height.get(),
        root: set.root(),
        total_stake: set.total_stake(),
        validators,
        coming,
    }
}

/// Selects one of the updates that introduced a set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateQuery {
    /// A height at which the set is in force, from 1; by default the update is the first that
    /// introduced the set.
    height: Option<String>,
}

/// The update that introduced a validator set, the first or the one in force at a height.
///
/// More than two thirds of the replaced set signed it, and the header before its first height names
/// its set. A client that knows the replaced set verifies the next one with these two, without
/// trust in this node. With `height`, the answer for a set that was replaced and later restored is
/// the update that restored it.
#[utoipa::path(
    get,
    path = "/validators/updates/{root}",
    tag = "validators",
    params(
        ("root" = String, Path, description = "Root of the set, 64 hex digits"),
        UpdateQuery,
    ),
    responses(
        (status = 200, body = Object, description = "The update and its certificate"),
        (status = 400, body = ProblemDto, content_type = "application/problem+json"),
        (status = 404, body = ProblemDto, content_type = "application/problem+json",
            description = "No update introduced such a set, or another set is in force at the \
                height; the set of the genesis has none until it comes back"),
    )
)]
pub(super) async fn get_update(
    State(context): State<ApiContext>,
    ApiPath(root): ApiPath<String>,
    ApiQuery(query): ApiQuery<UpdateQuery>,
) -> Result<Json<SignedValidatorUpdate>, Problem> {
    let root: Digest = extract::parameter("the root", &root, "64 hex digits")?;
    let height = query.height.as_deref();
    let height = height
        .map(|text| extract::parameter::<Height>("height", text, HEIGHT_LIMIT))
        .transpose()?;
    let ledger = context.ledger().clone();
    let find = move || match height {
        Some(height) => ledger.update_until(&root, height),
        None => ledger.update_for(&root),
    };
    let update = context.blocking(find).await??;
    update
        .map(Json)
        .ok_or_else(|| refusals::unknown_update(&root))
}

/// Submit a signed update of the validator set.
///
/// The node verifies and stores it, and offers it to every validator until a block includes it or
/// no block can include it any more. The same update may be submitted again.
#[utoipa::path(
    post,
    path = "/validators/updates",
    tag = "validators",
    request_body(content = Object, description = "The update and its certificate"),
    responses(
        (status = 202, body = OfferedUpdateDto),
        (status = 400, body = ProblemDto, content_type = "application/problem+json",
            description = "Not an update, or one that does not verify for this chain and its set"),
        (status = 413, body = ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = ProblemDto, content_type = "application/problem+json",
            description = "The maximum of pending updates is reached"),
    )
)]
pub(super) async fn submit_update(
    State(context): State<ApiContext>,
    request: Request,
) -> Result<(StatusCode, Json<OfferedUpdateDto>), Problem> {
    let (parts, body) = request.into_parts();
    let mut stream = extract::stream(body);
    let read = extract::body(&parts.headers, &mut stream, MAX_UPDATE_JSON_BYTES, "update");
    let text = match read.await {
        Ok(text) => text,
        Err(problem) => {
            extract::drain(&parts.headers, stream);
            return Err(problem);
        }
    };
    let signed: SignedValidatorUpdate = serde_json::from_slice(&text).map_err(|error| {
        let detail = format!("the body is not a signed validator update: {error}");
        let status = StatusCode::BAD_REQUEST;
        Problem::new(ProblemKind::BadUpdate, status, Fault::Caller, detail)
    })?;
    let ledger = context.ledger().clone();
    let offered = context
        .blocking(move || {
            // Check the approval first: a forged update must not cost the proofs of possession of a
            // whole set.
            let update = signed.update.clone();
            ledger.offer_update(signed)?;
            Ok(update.validator_set().ok().map(|set| OfferedUpdateDto {
                update_id: update.id(),
                first_height: update.first_height.get(),
                root: set.root(),
            }))
        })
        .await?;
    let dto = offered.map_err(refusals::update)?;
    // Unreachable: an invalid set is refused above.
    let dto = dto.ok_or_else(|| Problem::bad_parameter("the next set is none".to_owned()))?;
    Ok((StatusCode::ACCEPTED, Json(dto)))
}
