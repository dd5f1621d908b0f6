//! A namespace's blobs over a range of heights, with proof that none is missing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use weft_chain::{
    BlockBody, BlockError, CommitmentsProof, Height, Namespace, SignedHeader, namespace_proof,
};
use weft_encoding::Fault;
use weft_gateway_api::{
    BlockHeaderDto, Encoded, MAX_LIST_HEIGHTS, NamespaceBlobDto, NamespaceBlobsDto,
    NamespaceBlockDto, ProblemDto, ProblemKind,
};
use weft_ledger::store::{Store, StoreError};

use super::extract::{self, ApiPath, ApiQuery};
use super::{ApiContext, Problem, refusals};

/// The range of heights to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// First height; by default the last 128 up to `to`.
    from: Option<String>,
    /// Last height, at most 127 above `from`; by default the newest.
    to: Option<String>,
    /// Whether to include the header and the proof of each height; `true` by default.
    proof: Option<String>,
}

/// A namespace's blobs.
#[utoipa::path(
    get,
    path = "/namespaces/{ns}/blobs",
    tag = "namespaces",
    params(("ns" = String, Path, description = "Namespace, in hex"), ListQuery),
    responses(
        (status = 200, body = NamespaceBlobsDto),
        (status = 400, body = ProblemDto, content_type = "application/problem+json"),
        (status = 404, body = ProblemDto, content_type = "application/problem+json",
            description = "The range goes beyond the newest block"),
    )
)]
pub(super) async fn list_blobs(
    State(context): State<ApiContext>,
    ApiPath(namespace): ApiPath<String>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<NamespaceBlobsDto>, Problem> {
    let namespace = extract::namespace(Some(&namespace))?;
    let head = context.ledger().head().height;
    let (from, to) = range(&query, head)?;
    let proof = query
        .proof
        .as_deref()
        .map_or(Ok(true), |text| extract::flag("proof", text))?;
    let load = move |store: &Store| {
        if proof {
            with_proof(store, namespace, from, to)
        } else {
            plain(store, namespace, from, to)
        }
    };
    let listed = context.read_store(load).await?;
    listed
        .map(Json)
        .ok_or_else(|| refusals::unknown_block(to, head))
}

fn range(query: &ListQuery, head: Height) -> Result<(Height, Height), Problem> {
    const LIMIT: &str = "a height from 1";
    let given = |name, text: &Option<String>| {
        text.as_deref()
            .map(|text| extract::parameter::<Height>(name, text, LIMIT))
            .transpose()
    };
    let (from, to) = (given("from", &query.from)?, given("to", &query.to)?);
    let to = to.unwrap_or(head);
    let earliest = to.get().saturating_sub(MAX_LIST_HEIGHTS - 1).max(1);
    let from = from.unwrap_or(Height::new(earliest));
    if to > head || head == Height::GENESIS {
        return Err(refusals::unknown_block(to.get().max(1), head));
    }
    let refused = |detail: String| {
        Problem::new(
            ProblemKind::BadParameter,
            StatusCode::BAD_REQUEST,
            Fault::Caller,
            detail,
        )
    };
    if from < Height::FIRST {
        return Err(refused(format!("from is {from}, heights begin at 1"))
            .value(from.get())
            .limit(1));
    }
    if from > to {
        let detail = format!("from is {from}, beyond to, which is {to}");
        return Err(refused(detail).value(from.get()).limit(to.get()));
    }
    let heights = to.since(from).saturating_add(1);
    if heights > MAX_LIST_HEIGHTS {
        let detail =
            format!("{from} to {to} is {heights} heights, the limit is {MAX_LIST_HEIGHTS}");
        return Err(refused(detail).value(heights).limit(MAX_LIST_HEIGHTS));
    }
    Ok((from, to))
}

fn plain(
    store: &Store,
    namespace: Namespace,
    from: Height,
    to: Height,
) -> Result<Option<NamespaceBlobsDto>, StoreError> {
    let mut blobs = Vec::new();
    for height in store.namespace_heights(&namespace, from, to)? {
        let Some(body) = store.body(height)? else {
            return Ok(None);
        };
        blobs.extend(of_namespace(height, &body, &namespace));
    }
    Ok(Some(dto(namespace, from, to, blobs, Vec::new())))
}

fn with_proof(
    store: &Store,
    namespace: Namespace,
    from: Height,
    to: Height,
) -> Result<Option<NamespaceBlobsDto>, StoreError> {
    let (mut blobs, mut blocks) = (Vec::new(), Vec::new());
    for height in (from.get()..=to.get()).map(Height::new) {
        let (Some(signed), Some(body)) = (store.signed_header(height)?, store.body(height)?) else {
            return Ok(None);
        };
        // A stored body was validated when its block was committed.
        let block = block(&signed, &body, &namespace)
            .map_err(|error| StoreError::damaged("bodies", error))?;
        blobs.extend(of_namespace(height, &body, &namespace));
        blocks.push(block);
    }
    Ok(Some(dto(namespace, from, to, blobs, blocks)))
}

fn dto(
    namespace: Namespace,
    from: Height,
    to: Height,
    blobs: Vec<NamespaceBlobDto>,
    blocks: Vec<NamespaceBlockDto>,
) -> NamespaceBlobsDto {
    NamespaceBlobsDto {
        namespace,
        from: from.get(),
        to: to.get(),
        blobs,
        blocks,
    }
}

/// The proof of one height.
pub(super) fn block(
    signed: &SignedHeader,
    body: &BlockBody,
    namespace: &Namespace,
) -> Result<NamespaceBlockDto, BlockError> {
    Ok(NamespaceBlockDto {
        height: signed.header.height.get(),
        block: BlockHeaderDto::from(signed),
        proof: Encoded(namespace_proof(body, namespace)?),
        commitments_proof: CommitmentsProof::of_namespace(body, namespace).map(Encoded),
    })
}

/// A body's blobs of one namespace in the order of the namespaced tree: by id.
fn of_namespace(height: Height, body: &BlockBody, namespace: &Namespace) -> Vec<NamespaceBlobDto> {
    let mut first_row = 0;
    let mut blobs = Vec::new();
    for blob in &body.blobs {
        let rows = blob.header.rows() as u64;
        if blob.header.namespace == *namespace {
            blobs.push(NamespaceBlobDto {
                blob_id: blob.certificate.blob_id,
                height: height.get(),
                first_row,
                rows,
                layout: blob.header.layout,
                byte_len: blob.header.byte_len,
                header: Encoded(blob.header.clone()),
            });
        }
        first_row += rows;
    }
    blobs.sort_by_key(|blob| blob.blob_id);
    blobs
}
