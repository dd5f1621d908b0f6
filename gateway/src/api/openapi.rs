//! All routes, and their OpenAPI description.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    ApiContext, blobs, blocks, events, evidence, health, limits, namespaces, problem, receipts,
    validators,
};

/// The parts of the description other than the routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Weft gateway",
        description = "Post batches to Weft's data-availability layer, read them back, and get the \
                       proofs to verify them without trust in the gateway. Bytes in JSON are \
                       lower-case hex without 0x; batches are raw bytes; failures are problem \
                       details (RFC 9457) with the wrong value and the limit that it broke.",
        license(name = "Apache-2.0 OR MIT")
    ),
    tags(
        (name = "blobs", description = "Batches and their receipts"),
        (name = "namespaces", description = "A rollup's blobs, proven complete"),
        (name = "blocks", description = "Headers, bodies and single cells"),
        (name = "events", description = "Following the chain"),
        (name = "validators", description = "Validator sets, their changes, their faults"),
        (name = "node", description = "For operators")
    )
)]
struct Description;

/// The interface's OpenAPI description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes_with_description(None).into_openapi()
}

/// Every route with its limits; with `None` without limits, for the description alone.
fn routes_with_description(context: Option<&ApiContext>) -> OpenApiRouter<ApiContext> {
    macro_rules! limited {
        ($routes:expr, $layer:path) => {
            match context {
                Some(context) => OpenApiRouter::new()
                    .routes($routes)
                    .route_layer(from_fn_with_state(context.clone(), $layer)),
                None => OpenApiRouter::new().routes($routes),
            }
        };
    }
    let v1 = OpenApiRouter::new()
        .merge(limited!(routes!(blobs::post_blob), limits::post))
        .merge(limited!(routes!(blobs::get_blob), limits::read))
        .merge(limited!(routes!(receipts::get_receipt), limits::query))
        .merge(limited!(routes!(namespaces::list_blobs), limits::query))
        .merge(limited!(routes!(blocks::get_block), limits::query))
        .merge(limited!(routes!(blocks::get_body), limits::query))
        .merge(limited!(routes!(blocks::get_cell), limits::query))
        .merge(limited!(routes!(events::events), limits::subscription))
        .merge(limited!(routes!(validators::get_validators), limits::query))
        .merge(limited!(routes!(validators::get_update), limits::query))
        .merge(limited!(routes!(validators::submit_update), limits::post))
        .merge(limited!(routes!(evidence::get_evidence), limits::query))
        .merge(limited!(routes!(health::status), limits::query));
    OpenApiRouter::with_openapi(Description::openapi())
        .nest("/v1", v1)
        // Probes need no permit: they must answer under full load.
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
}

/// The whole interface.
pub(super) fn router(context: ApiContext) -> Router {
    let (router, description) = routes_with_description(Some(&context)).split_for_parts();
    // A test asserts that the description serialises.
    let description: Arc<str> = description.to_json().unwrap_or_default().into();
    let describe = Router::new()
        .route("/openapi.json", axum::routing::get(serve_description))
        .with_state(description);
    router
        .with_state(context.clone())
        .merge(describe)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(context, limits::measured))
}

async fn serve_description(State(description): State<Arc<str>>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        description.to_string(),
    )
        .into_response()
}
