//! Who the validators are, and changes of their set.

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

/// Bytes of the longest update as JSON: one of [`weft_chain::MAX_UPDATE_BYTES`] whose keys and
/// proofs are hex, twice and more.
const MAX_UPDATE_JSON_BYTES: u64 = 4 << 20;

/// What a height has to be.
const HEIGHT_LIMIT: &str = "a height from 1";

/// Which height.
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
    // Later sets may still change; the one that is decided to come is told beside the next.
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

/// Which of the updates that brought a set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateQuery {
    /// A height at which the set is in force, from 1; by default the update is the first that
    /// introduced the set.
    height: Option<String>,
}

/// The update by which a validator set came, first or to a height.
///
/// It is signed by more than two thirds of the set that it replaced, and the header before its first
/// height names its set: whoever knows the replaced set learns the next one from the two, without
/// trust in this node. With `height`, a set that was replaced and came back is shown with the update
/// that brought it back.
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
/// It is verified, kept, and offered to every validator until a block has it or can have it no
/// more. The same update may be submitted again.
#[utoipa::path(
    post,
    path = "/validators/updates",
    tag = "validators",
    request_body(content = Object, description = "The update and its certificate"),
    responses(
        (status = 202, body = OfferedUpdateDto),
        (status = 400, body = ProblemDto, content_type = "application/problem+json",
            description = "No update, or one that does not verify for this chain and its set"),
        (status = 413, body = ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = ProblemDto, content_type = "application/problem+json",
            description = "As many updates as are kept wait already"),
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
        let detail = format!("the body is no signed validator update: {error}");
        let status = StatusCode::BAD_REQUEST;
        Problem::new(ProblemKind::BadUpdate, status, Fault::Caller, detail)
    })?;
    let ledger = context.ledger().clone();
    let offered = context
        .blocking(move || {
            // Its approval first: junk must not cost the proofs of possession of a whole set.
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
    // A set that is none is refused above; this says so to the compiler.
    let dto = dto.ok_or_else(|| Problem::bad_parameter("the next set is none".to_owned()))?;
    Ok((StatusCode::ACCEPTED, Json(dto)))
}
