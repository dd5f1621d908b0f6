//! Verification of a gateway's answers.
//!
//! ```text
//!   ReceiptDto ──receipt──> VerifiedReceipt   the id is the header's hash; the certificate is
//!                                │            signed by >2/3 of a trusted set; if ordered, a
//!                                │            final header's namespaces root has the blob, and
//!                                │            its commitments root the blob's commitments
//!   bytes ────────batch──────> VerifiedBatch  its rows are those that the header commits to; or
//!   one row ──malformed──────> ProvenMalformed  the header commits to it, and no batch has such a row
//!   NamespaceBlobsDto ───────> NamespaceList  every height, linked, final, complete
//!   BlockHeaderDto ──────────> VerifiedHeader
//!   SignedValidatorUpdate ───> Trust          one more set, approved by >2/3 of the one in force,
//!                                             and decided: the header before names it
//! ```
//!
//! An availability certificate is of the validator set of its blob's block, or of the set before: a
//! blob that was certified just before the validators changed is ordered just after.
//!
//! Every header is checked against the set in force at its height, the checkpoint, and the headers
//! that were verified before it: see [`Trust`].
//!
//! Pure: no clock, no network. A verified type has private fields and only this module makes one; it
//! has no `Default` and does not decode.

mod batch;
mod header;
mod history;
mod malformed;
mod namespace;
mod receipt;
mod seen;
mod trust;

pub use batch::{BatchError, VerifiedBatch, verify_batch, verify_columns_root};
pub use header::{HeaderError, verify_child, verify_header, verify_same};
pub use malformed::{MalformedError, ProvenMalformed, verify_malformed};
pub use namespace::{ListedBlob, NamespaceList, NamespaceListError, verify_namespace_list};
pub use receipt::{Inclusion, ReceiptError, VerifiedReceipt, verify_receipt};
pub use seen::MAX_SEEN_HEADERS;
pub use trust::{Trust, TrustError, UpdateError};
pub use weft_chain::ConflictingHeaders;
