//! Blocks, their bodies and single cells.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use weft_chain::{BlockBody, Height, SignedHeader};
use weft_encoding::{COLUMNS, CellCoord, ColumnIndex, Fault, RowIndex};
use weft_gateway_api::{
    BlockBlobDto, BlockBodyDto, BlockHeaderDto, CellDto, Encoded, ProblemDto, ProblemKind,
};

use super::extract::{self, ApiPath};
use super::{ApiContext, Problem, refusals};

/// A block's header with its finality certificate.
#[utoipa::path(
    get,
    path = "/blocks/{height}",
    tag = "blocks",
    params(("height" = String, Path, description = "A height from 1, or `latest`")),
    responses(
        (status = 200, body = BlockHeaderDto),
        (status = 404, body = ProblemDto, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_block(
    State(context): State<ApiContext>,
    ApiPath(height): ApiPath<String>,
) -> Result<Json<BlockHeaderDto>, Problem> {
    let signed = signed_header(&context, &height).await?;
    Ok(Json(BlockHeaderDto::from(&signed)))
}

/// A block's body: the blobs that it orders, with their certificates.
#[utoipa::path(
    get,
    path = "/blocks/{height}/body",
    tag = "blocks",
    params(("height" = String, Path, description = "A height from 1, or `latest`")),
    responses(
        (status = 200, body = BlockBodyDto),
        (status = 404, body = ProblemDto, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_body(
    State(context): State<ApiContext>,
    ApiPath(height): ApiPath<String>,
) -> Result<Json<BlockBodyDto>, Problem> {
    let height = parse_height(&context, &height)?;
    let body = context.read_store(move |store| store.body(height)).await?;
    let body = body.ok_or_else(|| unknown(&context, height))?;
    Ok(Json(body_dto(height, body)))
}

/// One cell of a block's extended matrix, with its proof.
#[utoipa::path(
    get,
    path = "/blocks/{height}/cells/{row}/{col}",
    tag = "blocks",
    params(
        ("height" = String, Path, description = "A height from 1, or `latest`"),
        ("row" = String, Path, description = "Row of the extended matrix, 0 to 2n-1"),
        ("col" = String, Path, description = "Column, 0 to 127"),
    ),
    responses(
        (status = 200, body = CellDto),
        (status = 404, body = ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = ProblemDto, content_type = "application/problem+json",
            description = "Its proof is not made yet, or the cell is not available"),
    )
)]
pub(super) async fn get_cell(
    State(context): State<ApiContext>,
    ApiPath((height, row, column)): ApiPath<(String, String, String)>,
) -> Result<Json<CellDto>, Problem> {
    let row: usize = extract::parameter("row", &row, "a row of the block's extended matrix")?;
    let column: usize = extract::parameter("column", &column, "0 to 127")?;
    let signed = signed_header(&context, &height).await?;
    let height = signed.header.height;
    let rows = 2 * usize::from(signed.header.rows);
    if row >= rows {
        return Err(unknown_cell("row", row, rows));
    }
    let coord = CellCoord {
        row: RowIndex::new(row).map_err(|_| unknown_cell("row", row, rows))?,
        column: ColumnIndex::new(column).map_err(|_| unknown_cell("column", column, COLUMNS))?,
    };
    let cells = context.parts().cells.as_deref().ok_or_else(|| {
        let detail = "this node serves no cells".to_owned();
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Problem::new(ProblemKind::Unavailable, status, Fault::Caller, detail)
    })?;
    let head = context.ledger().head().height;
    let (cell, proof) = cells
        .cell(height, coord)
        .await
        .map_err(|error| refusals::cell(error, height, head))?;
    Ok(Json(CellDto {
        height: height.get(),
        row: row as u64,
        column: column as u64,
        cell: hex::encode(cell.as_bytes()),
        proof: proof.to_string(),
    }))
}

fn unknown_cell(what: &str, value: usize, count: usize) -> Problem {
    let detail = format!("{what} {value}: the block's extended matrix has {count}");
    Problem::new(
        ProblemKind::UnknownCell,
        StatusCode::NOT_FOUND,
        Fault::Caller,
        detail,
    )
    .value(value)
    .limit(count.saturating_sub(1))
}

fn unknown(context: &ApiContext, height: Height) -> Problem {
    refusals::unknown_block(height, context.ledger().head().height)
}

fn parse_height(context: &ApiContext, text: &str) -> Result<Height, Problem> {
    let head = context.ledger().head().height;
    match text {
        "latest" if head == Height::GENESIS => Err(refusals::unknown_block(text, head)),
        "latest" => Ok(head),
        text => extract::parameter("the height", text, "a height from 1, or latest"),
    }
}

async fn signed_header(context: &ApiContext, text: &str) -> Result<SignedHeader, Problem> {
    let height = parse_height(context, text)?;
    let signed = context
        .read_store(move |store| store.signed_header(height))
        .await?;
    signed.ok_or_else(|| unknown(context, height))
}

fn body_dto(height: Height, body: BlockBody) -> BlockBodyDto {
    let mut first_row = 0;
    let blobs = body
        .blobs
        .iter()
        .map(|blob| {
            let rows = blob.header.rows() as u64;
            let dto = BlockBlobDto {
                blob_id: blob.certificate.blob_id,
                namespace: blob.header.namespace,
                layout: blob.header.layout,
                byte_len: blob.header.byte_len,
                first_row,
                rows,
                header: Encoded(blob.header.clone()),
                certificate: Encoded(blob.certificate.clone()),
            };
            first_row += rows;
            dto
        })
        .collect();
    BlockBodyDto {
        height: height.get(),
        blobs,
        encoded: Encoded(body),
    }
}
