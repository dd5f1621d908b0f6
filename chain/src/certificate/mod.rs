//! Certificates: validators with more than two thirds of the stake signed one statement.
//!
//! ```text
//!  Statement ── message ──> 32 bytes ── each validator signs ──> CertificateBuilder
//!                                                                   │ more than 2/3 of the stake
//!   AvailabilityCertificate, FinalityCertificate, <── one aggregate signature and a bitmap
//!   UpdateCertificate
//! ```
//!
//! Verifying one costs a sum of the signers' keys and two pairings, however many signed; a batch
//! shares one of the two pairings and the final exponentiation.

mod aggregate;
mod availability;
mod builder;
mod error;
mod finality;
mod update;

pub use availability::{AvailabilityCertificate, AvailabilityStatement, availability_message};
pub use builder::{CertificateBuilder, Statement};
pub use error::{BatchError, CertificateError};
pub use finality::{FinalityCertificate, FinalityStatement, finality_message};
pub use update::{UpdateCertificate, UpdateStatement, update_message};
