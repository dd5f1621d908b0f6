//! The column proof: one KZG proof for a blob's whole column.
//!
//! ```text
//!             column c
//!   row 0    [cell 0,c]--hash--.
//!   row 1    [cell 1,c]--hash--+-- column root c --.
//!   ...                        |                   +-- columns root R (128 leaves, 7 hashes)
//!   row n-1  [cell n-1,c]-hash-'   ...127 others --'            |
//!                                                               v
//!   gamma = hash to scalar (domain tag, namespace, n, C_0..C_(n-1), R)
//!                                                               |
//!   F = sum gamma^i f_i  --one FK20-->  pi_0 .. pi_127          v
//!
//!   accept column c  <=>  its root is leaf c of R, and
//!   e(pi_c, [tau^64]_2) = e(sum gamma^i C_i - [I_c]_1 + h_c^64 pi_c, [1]_2)
//! ```
//!
//! where `I_c` interpolates `sum gamma^i cell_(i,c)` on the column's coset. **gamma binds R**: a
//! sender that knew gamma before it chose the cells could change them by any `d_i` with
//! `sum gamma^i d_i = 0` and still pass. Source: the design, section 3; the equation for one cell is
//! EIP-7594's.
//!
//! | file | what |
//! |---|---|
//! | `proven` | a column with its proof and path, as it travels |
//! | `roots` | column roots, the columns root and the paths between |
//! | `transcript` | what gamma and the batch challenge bind, byte by byte |
//! | `fold` | sums of rows and cells weighted by powers of gamma |
//! | `prove` | the 128 column proofs |
//! | `verify` | one column, many at once, and which of many is bad |
//! | `repair` | a blob's rows from 64 verified columns |

mod fold;
mod prove;
mod repair;
mod roots;
mod transcript;
mod unverified;
mod verify;

#[cfg(test)]
mod tests;

pub use roots::columns_root;
pub use unverified::{Column, ColumnPath, UnverifiedColumn, VerifiedColumn};
pub use verify::ColumnVerifier;

pub(crate) use fold::fold_cells;
pub(crate) use prove::column_proofs;
pub(crate) use roots::ColumnRoots;
pub(crate) use transcript::gamma;
pub(crate) use unverified::BlobBinding;
