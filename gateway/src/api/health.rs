//! Status, probes and metrics for operators.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus::TextEncoder;
use weft_chain::Height;
use weft_encoding::Layout;
use weft_gateway_api::{CustodyDto, ProblemDto, StatusDto};
use weft_ledger::store::Store;

use super::{ApiContext, Problem};

/// The node's status.
#[utoipa::path(get, path = "/status", tag = "node", responses((status = 200, body = StatusDto)))]
pub(super) async fn status(State(context): State<ApiContext>) -> Result<Json<StatusDto>, Problem> {
    let equivocations = context.read_store(Store::evidence_count).await?;
    let parts = context.parts();
    let ledger = context.ledger();
    let head = ledger.head();
    let decided = head.height > Height::GENESIS;
    let reason = not_ready(&context).err();
    let custody = parts.custody.as_ref().map(|custody| *custody.borrow());
    Ok(Json(StatusDto {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        chain_id: ledger.genesis().chain_id,
        genesis_hash: ledger.genesis_hash(),
        peer_id: parts.peer_id.clone(),
        height: decided.then_some(head.height.get()),
        time: decided.then_some(head.time),
        peers: (parts.peers)() as u64,
        pending: *parts.pending.borrow() as u64,
        ready: reason.is_none(),
        reason,
        max_packed_bytes: max_bytes(&context, Layout::Packed),
        max_raw_bytes: max_bytes(&context, Layout::Raw),
        orderer: parts.orderer.to_owned(),
        round: (parts.round)(),
        validators: ledger.validator_sets().at(head.next_height()).len() as u64,
        equivocations,
        custody: custody.map(|custody| CustodyDto {
            owned: custody.owned,
            missing: custody.missing,
            complete_to: custody.complete_to.get(),
        }),
    }))
}

/// Bytes of the largest batch: the least of the layout's limit, one block's limit and this node's
/// configured limit.
pub(super) fn max_bytes(context: &ApiContext, layout: Layout) -> u64 {
    let rows = u64::from(context.ledger().genesis().max_block_rows);
    let block = rows * layout.bytes_per_row() as u64;
    layout
        .max_bytes()
        .min(block)
        .min(context.limits().max_body_bytes)
}

/// Whether posts are accepted; if not, the reason.
pub(super) fn not_ready(context: &ApiContext) -> Result<(), String> {
    let parts = context.parts();
    if parts.blobs.is_none() {
        return Err("this node is not a gateway".to_owned());
    }
    if context.shutdown().is_cancelled() {
        return Err("the node is stopping".to_owned());
    }
    (parts.readiness)()
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "node", responses((status = 200, body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Posts are accepted.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "node",
    responses(
        (status = 200, body = String),
        (status = 503, body = ProblemDto, content_type = "application/problem+json",
            description = "Posts are not accepted; `detail` says why"),
    )
)]
pub(super) async fn readyz(State(context): State<ApiContext>) -> Result<&'static str, Problem> {
    not_ready(&context).map_err(Problem::not_ready)?;
    Ok("ok\n")
}

/// All metrics of the node and its consensus engine, in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "node", responses((status = 200, body = String)))]
pub(super) async fn metrics(State(context): State<ApiContext>) -> Result<Response, Problem> {
    let parts = context.parts();
    let mut text = TextEncoder::new()
        .encode_to_string(&parts.registry.gather())
        .map_err(|error| Problem::internal(&error))?;
    text.push_str(&(parts.engine_metrics)());
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}
