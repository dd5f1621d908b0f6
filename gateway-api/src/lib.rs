//! The gateway's HTTP contract: what travels as JSON, shared by the gateway and every client.
//!
//! Names are snake_case; bytes are lower-case hex without `0x`; heights and lengths are numbers;
//! instants are Unix milliseconds. A field called `encoded`, `header`, `certificate`, `finality`
//! or `proof` that holds hex is the canonical encoding of the thing itself: it is what a
//! verifier reads, and the plain fields beside it are there for people and for languages without
//! a decoder. Whoever verifies checks that both say the same.
//!
//! Answers may grow fields: a reader ignores those that it does not know.
//!
//! | answer of | is |
//! |---|---|
//! | `POST /v1/blobs`, `GET /v1/blobs/{id}/receipt` | [`ReceiptDto`] |
//! | `GET /v1/blobs/{id}` | the batch, raw bytes; of a blob that holds none, [`MalformedBlob`] |
//! | `GET /v1/namespaces/{ns}/blobs` | [`NamespaceBlobsDto`] |
//! | `GET /v1/blocks/{height\|latest}` | [`BlockHeaderDto`] |
//! | `GET /v1/blocks/{height}/body` | [`BlockBodyDto`] |
//! | `GET /v1/blocks/{height}/cells/{row}/{col}` | [`CellDto`] |
//! | `GET /v1/events` | server-sent [`EventDto`]s |
//! | `GET /v1/validators?height=` | [`ValidatorSetDto`] |
//! | `GET /v1/validators/updates/{root}` | `SignedValidatorUpdate` of weft-chain, as it writes itself |
//! | `POST /v1/validators/updates` | [`OfferedUpdateDto`], with status 202 |
//! | `GET /v1/evidence?limit=` | [`EvidenceListDto`] |
//! | `GET /v1/status` | [`StatusDto`] |
//! | every failure | [`ProblemDto`] |

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
