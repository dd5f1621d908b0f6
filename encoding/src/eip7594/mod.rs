//! Cells and their proofs, under the names of EIP-7594 (PeerDAS).
//!
//! ```text
//!              cells                     fk20
//!   Row ──> 4096 coefficients ──> 128 proofs of 48 bytes
//!                  │
//!                  └────────────> 128 cells of 64 elements ──verify──> accepted, or why not
//!                                        │
//!                     any 64 cells ──────┴──recover──> all 128
//! ```
//!
//! The row's polynomial `f` has degree below 4096. Cell `c` holds its values on the coset
//! `h_c * <w>` of the 64th roots of unity, in bit-reversed order, with `h_c` the 8192nd root of
//! unity at index `64 c` of the bit-reversed order. Its proof commits to
//! `(f(X) - I_c(X)) / (X^64 - h_c^64)`, where `I_c` of degree below 64 interpolates the cell.
//!
//! Source: EIP-7594 and the consensus specification `fulu/polynomial-commitments-sampling`.

mod cells;
mod challenge;
mod coset;
mod fk20;
#[cfg(test)]
mod naive;
mod recover;
mod verify;

pub use cells::{compute_cells, compute_cells_and_kzg_proofs};
pub use challenge::compute_verify_cell_kzg_proof_batch_challenge;
pub use fk20::prepare_prover;
pub use recover::{RecoverError, recover_cells, recover_cells_and_kzg_proofs};
pub use verify::verify_cell_kzg_proof_batch;

pub(crate) use cells::cell_proofs_of;
pub(crate) use fk20::fk20_proofs;
#[cfg(test)]
pub(crate) use naive::cell_proof as naive_cell_proof;
pub(crate) use verify::{CellClaim, claims_hold};
