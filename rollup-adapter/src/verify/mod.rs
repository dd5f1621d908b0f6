//! Verification of everything that comes from a gateway.
//!
//! ```text
//!   ReceiptDto ──receipt──> VerifiedReceipt   the id is the header's hash; the certificate is
//!                                │            signed by >2/3 of a trusted set; if ordered, a
//!                                │            final header's namespaces root has the blob
//!   bytes ────────batch──────> VerifiedBatch  rows, commitments and columns root follow from them
//!   NamespaceBlobsDto ───────> NamespaceList  every height, linked, final, complete
//!   BlockHeaderDto ──────────> VerifiedHeader
//!   SignedValidatorUpdate ───> Trust          one more set, approved by >2/3 of a trusted one
//! ```
//!
//! An availability certificate is of the set of the block that has the blob, or of the set before
//! it: a blob that was certified just before the validators changed is ordered just after.
//!
//! Pure: no clock, no network. A verified type has private fields and is made here only; it has
//! no `Default` and does not decode.

mod batch;
mod header;
mod namespace;
mod receipt;
mod trust;

pub use batch::{BatchError, VerifiedBatch, verify_batch};
pub use header::{HeaderError, verify_child, verify_header};
pub use namespace::{ListedBlob, NamespaceList, NamespaceListError, verify_namespace_list};
pub use receipt::{Inclusion, ReceiptError, VerifiedReceipt, verify_receipt};
pub use trust::{Trust, TrustError, UpdateError};
