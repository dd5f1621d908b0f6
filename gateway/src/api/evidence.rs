//! Evidence of equivocations that this node has stored.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use weft_encoding::Fault;
use weft_gateway_api::{
    EvidenceDto, EvidenceKind, EvidenceListDto, MAX_EVIDENCE, ProblemDto, ProblemKind,
};
use weft_ledger::store::{EquivocationKind, EvidenceRecord};

use super::extract::{self, ApiQuery};
use super::{ApiContext, Problem};

/// Default number of records in an answer.
const DEFAULT_RECORDS: usize = 100;

/// The number of records to return.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceQuery {
    /// The most records, 1 to 1000; 100 by default.
    limit: Option<String>,
}

/// Equivocations of validators, newest first.
#[utoipa::path(
    get,
    path = "/evidence",
    tag = "validators",
    params(EvidenceQuery),
    responses(
        (status = 200, body = EvidenceListDto),
        (status = 400, body = ProblemDto, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_evidence(
    State(context): State<ApiContext>,
    ApiQuery(query): ApiQuery<EvidenceQuery>,
) -> Result<Json<EvidenceListDto>, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let (count, records) = context
        .read_store(move |store| Ok((store.evidence_count()?, store.evidence(limit)?)))
        .await?;
    Ok(Json(EvidenceListDto {
        count,
        evidence: records.into_iter().map(dto).collect(),
    }))
}

fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(DEFAULT_RECORDS);
    };
    let limit: usize = extract::parameter("limit", text, "1 to 1000")?;
    if (1..=MAX_EVIDENCE).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("limit is {limit}, must be 1 to {MAX_EVIDENCE}");
    let status = StatusCode::BAD_REQUEST;
    Err(
        Problem::new(ProblemKind::BadParameter, status, Fault::Caller, detail)
            .value(limit)
            .limit(MAX_EVIDENCE),
    )
}

fn dto(record: EvidenceRecord) -> EvidenceDto {
    EvidenceDto {
        height: record.height.get(),
        round: record.round,
        validator: record.validator,
        kind: match record.kind {
            EquivocationKind::Proposal => EvidenceKind::Proposal,
            EquivocationKind::Prevote => EvidenceKind::Prevote,
            EquivocationKind::Precommit => EvidenceKind::Precommit,
        },
    }
}
