//! Changes of the validator set.
//!
//! ```text
//!  ValidatorUpdate: the set it replaces, the whole next set, the first height of it
//!       │ id ── more than 2/3 of the replaced set's stake sign ──> UpdateCertificate
//!       └──────────────── SignedValidatorUpdate ─────────────────────────┘
//!                               │ verify, with the set that it replaces
//!                         VerifiedUpdate ── in the body of a block at h < first height ──> next set
//! ```
//!
//! A verifier that knows one set of a chain learns the next set from the update alone, without the
//! blocks between them.

mod entries;
mod error;
mod signed;
mod update;

pub use error::ValidatorUpdateError;
pub use signed::{SignedValidatorUpdate, VerifiedUpdate};
pub use update::{MAX_UPDATE_BYTES, MAX_UPDATE_DELAY, ValidatorUpdate};
