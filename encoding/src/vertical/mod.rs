//! The vertical extension: down a column, on the integers, for cells, commitments and cell proofs.
//!
//! The polynomial of degree < n through the values at y = 0..n-1 is evaluated at y = n..2n-1:
//!
//! ```text
//!   y = 0      f(0)   --.
//!   ...        ...      |  degree < n      any n of the 2n values give all of them
//!   y = n-1    f(n-1) --'
//!   y = n      f(n)   <--.
//!   ...        ...       |  differences: additions only, 1.5 n (n - 1) of them
//!   y = 2n-1   f(2n-1)<--'
//! ```
//!
//! The domain needs no setup and no power of two: n is any number from 1. Because KZG is linear the
//! same map takes a matrix's commitments to its parity rows' commitments and a column's cell proofs
//! to the parity cells' proofs, in G1 additions alone. Source: the design, section 2.
//!
//! | file | what |
//! |---|---|
//! | `extend` | the map itself, by repeated differences, over any additive group |
//! | `weights` | Lagrange weights on integer nodes, for single values and for repair |
//! | `cells` | parity cells |
//! | `points` | parity commitments and parity cell proofs |
//! | `repair` | all of a column from any n of its 2n cells |

mod cells;
mod extend;
mod points;
mod repair;
mod weights;

#[cfg(test)]
mod tests;

pub use cells::{parity_cell, parity_cells};
pub use points::{parity_cell_proof, parity_cell_proofs, parity_commitments};
pub use repair::repair_column;

pub(crate) use repair::ColumnWeights;
pub(crate) use weights::Weights;

use extend::extend;
