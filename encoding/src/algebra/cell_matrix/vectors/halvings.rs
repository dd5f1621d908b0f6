//! The roots that halve the tree's nodes, made once.

use std::arch::x86_64::__m512i;
use std::sync::OnceLock;

use super::super::halving;
use super::elements::{LANES, LIMBS, Vector, constant};
use crate::COLUMNS;
use crate::algebra::Scalar;

/// Constants of the multiplication, in 52-bit limbs and times 2^260.
pub(super) struct Tables {
    pub(super) down: Halvings,
    pub(super) up: Halvings,
}

/// The roots that halve nodes.
pub(super) struct Halvings {
    /// Of the nodes of at least 16 elements: one for a whole vector.
    pub(super) uniform: Vec<[u64; LIMBS]>,
    /// Of each cell's nodes of 8, 4 and 2 elements: for lane j those below its node of 8.
    pub(super) by_lane: Vec<[Vector; 7]>,
}

pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        down: halvings(&halving().roots),
        up: halvings(&halving().inverses),
    })
}

fn halvings(roots: &[Scalar]) -> Halvings {
    let constants: Vec<[u64; LIMBS]> = roots.iter().map(|root| constant(*root)).collect();
    let lanes = |node: &dyn Fn(usize) -> usize| -> Vector {
        std::array::from_fn(|limb| {
            let lanes: [u64; LANES] = std::array::from_fn(|lane| constants[node(lane)][limb]);
            // SAFETY: both types are 64 bytes without padding, and any bits are valid.
            unsafe { std::mem::transmute::<[u64; LANES], __m512i>(lanes) }
        })
    };
    Halvings {
        by_lane: (0..COLUMNS)
            .map(|cell| {
                std::array::from_fn(|place| {
                    // 1, 2 and 4 nodes of a lane, from place 0, 1 and 3 on.
                    let nodes = 1 << (place + 1).ilog2();
                    lanes(&|lane| nodes * (LANES * cell + lane) + place + 1 - nodes)
                })
            })
            .collect(),
        uniform: constants[..roots.len() / 8].to_vec(),
    }
}
