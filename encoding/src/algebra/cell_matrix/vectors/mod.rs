//! The matrix with eight elements to a vector of AVX-512, multiplied by its 52-bit IFMA.
//!
//! ```text
//!   row of values        vector i, lane j: element 8 j + i      the three lowest levels join vectors
//!   row of coefficients  vector i, lane j: element 8 i + j      so do all others
//! ```
//!
//! Bounds, in multiples of r. A product is below 2: `x w / 2^260 + r` with x < 35 and w < 1. Down
//! the tree a level adds at most 2 to a bound, 13 levels 26. Up the tree a level doubles it, and sums
//! that could not be operands any more are reduced. Each row's bound is known, so a row is reduced
//! only where what follows asks for it.
//!
//! Source: D. Harvey, "Faster arithmetic for number-theoretic transforms" (2014), for the reductions
//! left out.
//!
//! | file | what |
//! |---|---|
//! | `elements` | arithmetic on eight elements |
//! | `layout` | between scalars and vectors |
//! | `halvings` | the roots of the tree's nodes, as vectors |
//! | `levels` | rows up and down the tree |
//! | `matrix` | rows with their bounds |

mod elements;
mod halvings;
mod layout;
mod levels;
mod matrix;

pub(crate) use matrix::Matrix;
