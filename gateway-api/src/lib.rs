//! The types of the gateway's HTTP interface, shared by the gateway and its clients.
//!
//! Names are snake_case, bytes are lower-case hex without `0x`, heights and lengths are numbers, and
//! times are Unix milliseconds. The fields `encoded`, `header`, `certificate`, `finality`, `proof`,
//! `inclusion` and `commitments_proof` are the hex of canonical encodings, which a verifier reads. The
//! plain fields beside them are for people and for languages without a decoder; a verifier checks that
//! they agree with the encodings.
//!
//! Answers may gain fields, and a reader ignores those that it does not know. A request with an unknown
//! parameter is refused.
//!
//! Nothing here does I/O: the crate depends on `weft-chain`, serde and serde_json, and on no runtime,
//! server or client. The feature `openapi` derives the schemas of `GET /openapi.json`.
//!
//! | request | answer |
//! |---|---|
//! | `POST /v1/blobs`, `GET /v1/blobs/{id}/receipt` | [`ReceiptDto`] |
//! | `GET /v1/blobs/{id}` | the batch, raw bytes; [`MalformedBlob`] if the blob holds none |
//! | `GET /v1/namespaces/{ns}/blobs` | [`NamespaceBlobsDto`] |
//! | `GET /v1/blocks/{height\|latest}` | [`BlockHeaderDto`] |
//! | `GET /v1/blocks/{height}/body` | [`BlockBodyDto`] |
//! | `GET /v1/blocks/{height}/cells/{row}/{col}` | [`CellDto`] |
//! | `GET /v1/events` | a stream of [`EventDto`]s, server-sent |
//! | `GET /v1/validators?height=` | [`ValidatorSetDto`] |
//! | `GET /v1/validators/updates/{root}` | `SignedValidatorUpdate` of weft-chain, by its own serde form |
//! | `POST /v1/validators/updates` | [`OfferedUpdateDto`], with status 202 |
//! | `GET /v1/evidence?limit=` | [`EvidenceListDto`] |
//! | `GET /v1/status` | [`StatusDto`] |
//! | any, on failure | [`ProblemDto`] |
//!
//! ```
//! use weft_gateway_api::{ProblemDto, ProblemKind};
//!
//! # fn main() -> Result<(), serde_json::Error> {
//! let problem: ProblemDto = serde_json::from_str(
//!     r#"{
//!         "type": "urn:weft:problem:too-large",
//!         "title": "The batch is too large",
//!         "status": 413,
//!         "value": 9000000,
//!         "limit": 8126464,
//!         "fault": "caller"
//!     }"#,
//! )?;
//! assert_eq!(problem.problem_kind(), ProblemKind::TooLarge);
//! assert_eq!(problem.fault(), weft_encoding::Fault::Caller);
//! # Ok(())
//! # }
//! ```

mod block;
mod encoded;
mod event;
mod evidence;
mod malformed;
mod namespace;
mod problem;
mod query;
mod receipt;
mod status;
mod validators;

pub use block::{BlockBlobDto, BlockBodyDto, BlockHeaderDto, CellDto};
pub use encoded::Encoded;
pub use event::{BlockEventDto, EventBlobDto, EventDto};
pub use evidence::{EvidenceDto, EvidenceKind, EvidenceListDto, MAX_EVIDENCE};
pub use malformed::{MALFORMED_CONTENT_TYPE, MALFORMED_STATUS, MalformedBlob, MalformedLength};
pub use namespace::{NamespaceBlobDto, NamespaceBlobsDto, NamespaceBlockDto};
pub use problem::{PROBLEM_CONTENT_TYPE, ProblemDto, ProblemFault, ProblemKind};
pub use query::{BATCH_CONTENT_TYPE, MAX_LIST_HEIGHTS, Wait, WaitError};
pub use receipt::ReceiptDto;
pub use status::{CustodyDto, StatusDto};
pub use validators::{ComingSetDto, OfferedUpdateDto, ValidatorDto, ValidatorSetDto};
