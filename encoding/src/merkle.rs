//! SHA-256 Merkle trees as RFC 6962 (Certificate Transparency) section 2.1 defines them.
//!
//! A leaf is hashed under the prefix byte `0x00`, an inner node under `0x01`, so that no leaf can be
//! passed off as a node. A tree of `n > 1` leaves splits after the largest power of two that is
//! smaller than `n`; any number of leaves has a tree and no leaf is ever repeated to fill one up.
//!
//! ```text
//!            root = H(01 | a | b)
//!            /                 \
//!   a = H(01 | l0 | l1)     b = H(01 | l2 | l3)      l_i = H(00 | data_i)
//! ```

use sha2::{Digest as _, Sha256};

use crate::Digest;

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// Hash of one leaf's data, `SHA-256(0x00 || data)`.
pub fn leaf_hash(data: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([LEAF_PREFIX]);
    hasher.update(data);
    Digest::from_bytes(hasher.finalize().into())
}

fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([NODE_PREFIX]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    Digest::from_bytes(hasher.finalize().into())
}

/// Number of leaves in the left subtree of a tree with `count > 1` leaves.
fn left_count(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

/// Root of the tree over leaf hashes (not over leaf data: see [`leaf_hash`]).
///
/// The root over one leaf is that leaf; over none it is `SHA-256("")`. One hash for each leaf but
/// one. Source: RFC 6962, section 2.1.
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::from_bytes(Sha256::digest([]).into()),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_count(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The sibling hashes that lead from leaf `index` to the root, lowest first.
///
/// The path is empty for an `index` outside of `leaves`. Hashes the whole tree once.
/// Source: RFC 6962, section 2.1.1.
pub fn path(leaves: &[Digest], index: usize) -> Vec<Digest> {
    let mut siblings = Vec::new();
    if index < leaves.len() {
        collect_path(leaves, index, &mut siblings);
    }
    siblings
}

fn collect_path(leaves: &[Digest], index: usize, siblings: &mut Vec<Digest>) {
    if leaves.len() <= 1 {
        return;
    }
    let split = left_count(leaves.len());
    let (left, right) = leaves.split_at(split);
    if index < split {
        collect_path(left, index, siblings);
        siblings.push(root(right));
    } else {
        collect_path(right, index - split, siblings);
        siblings.push(root(left));
    }
}

/// Whether `path` proves that `leaf` is number `index` of the `count` leaves under `root`.
///
/// A path of the wrong length proves nothing. One hash for each step.
pub fn verify_path(
    leaf: Digest,
    index: usize,
    count: usize,
    path: &[Digest],
    root: Digest,
) -> bool {
    index < count && root_from_path(leaf, index, count, path) == Some(root)
}

fn root_from_path(leaf: Digest, index: usize, count: usize, path: &[Digest]) -> Option<Digest> {
    if count == 1 {
        return path.is_empty().then_some(leaf);
    }
    let (sibling, below) = path.split_last()?;
    let split = left_count(count);
    if index < split {
        Some(node_hash(
            &root_from_path(leaf, index, split, below)?,
            sibling,
        ))
    } else {
        let right = root_from_path(leaf, index - split, count - split, below)?;
        Some(node_hash(sibling, &right))
    }
}

/// The sibling hashes that lead from the leaves at `places` to the root, from left to right.
///
/// Each sibling is the root of a largest subtree without any of these leaves, so leaves anywhere in
/// the tree share the siblings that they have in common. `places` are ascending leaf indices; an index
/// outside of `leaves` has no path, and the result then proves nothing. Hashes the whole tree once.
pub fn multi_path(leaves: &[Digest], places: &[usize]) -> Vec<Digest> {
    let mut siblings = Vec::new();
    collect_multi_path(leaves, 0, places, &mut siblings);
    siblings
}

fn collect_multi_path(
    leaves: &[Digest],
    begin: usize,
    places: &[usize],
    siblings: &mut Vec<Digest>,
) {
    if places.is_empty() {
        siblings.push(root(leaves));
    } else if leaves.len() > 1 {
        let split = left_count(leaves.len());
        let (left, right) = leaves.split_at(split);
        let middle = begin + split;
        let (before, after) = places.split_at(places.partition_point(|place| *place < middle));
        collect_multi_path(left, begin, before, siblings);
        collect_multi_path(right, middle, after, siblings);
    }
}

/// The root that `siblings` lead to from `known` leaves of a tree of `count`, if there are exactly as
/// many as [`multi_path`] gives.
///
/// `known` holds leaf indices and leaves, ascending by index. `None` if it does not ascend, if an index
/// is outside of the tree, or for too few or too many siblings. At most log2 `count` hashes a known leaf.
pub fn multi_root(known: &[(usize, Digest)], count: usize, siblings: &[Digest]) -> Option<Digest> {
    let mut siblings = siblings.iter();
    let root = root_from_known(known, 0, count, &mut siblings)?;
    siblings.next().is_none().then_some(root)
}

fn root_from_known(
    known: &[(usize, Digest)],
    begin: usize,
    count: usize,
    siblings: &mut std::slice::Iter<'_, Digest>,
) -> Option<Digest> {
    match known {
        [] => siblings.next().copied(),
        [(place, leaf)] if count == 1 => (*place == begin).then_some(*leaf),
        _ if count <= 1 => None,
        _ => {
            let split = left_count(count);
            let middle = begin + split;
            let (before, after) =
                known.split_at(known.partition_point(|(place, _)| *place < middle));
            let left = root_from_known(before, begin, split, siblings)?;
            let right = root_from_known(after, middle, count - split, siblings)?;
            Some(node_hash(&left, &right))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The leaves and roots of Certificate Transparency's reference test
    /// (`merkle_tree_test.cc` of google/certificate-transparency): they fix prefixes and shape.
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn matches_the_known_roots_of_certificate_transparency() {
        let hashes: Vec<Digest> = LEAVES
            .iter()
            .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
            .collect();
        for (i, expected) in ROOTS.iter().enumerate() {
            assert_eq!(
                root(&hashes[..=i]).to_string(),
                *expected,
                "{} leaves",
                i + 1
            );
        }
        assert_eq!(
            root(&[]).to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn every_leaf_of_every_size_has_a_path_that_verifies_only_in_its_place() {
        for count in 1..=33 {
            let leaves = leaves(count);
            let root = root(&leaves);
            for (index, leaf) in leaves.iter().enumerate() {
                let path = path(&leaves, index);
                assert!(
                    verify_path(*leaf, index, count, &path, root),
                    "{index} of {count}"
                );
                for other in (0..count).filter(|other| *other != index) {
                    assert!(!verify_path(*leaf, other, count, &path, root));
                    assert!(!verify_path(leaves[other], index, count, &path, root));
                }
                assert!(!verify_path(*leaf, index, index, &path, root));
            }
        }
    }

    #[test]
    fn a_path_that_is_changed_cut_or_lengthened_is_refused() {
        let leaves = leaves(13);
        let root = root(&leaves);
        let good = path(&leaves, 5);
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] = leaf_hash(b"other");
            assert!(!verify_path(leaves[5], 5, 13, &bad, root));
            assert!(!verify_path(leaves[5], 5, 13, &good[..place], root));
        }
        let mut long = good.clone();
        long.push(good[0]);
        assert!(!verify_path(leaves[5], 5, 13, &long, root));
        assert!(!verify_path(leaves[5], 13, 13, &good, root));
        assert!(!verify_path(leaves[5], 0, 0, &[], root));
        // A count that no tree has, and whose next power of two no integer is.
        assert!(!verify_path(leaves[5], 5, usize::MAX, &good, root));
        assert!(path(&leaves, 13).is_empty());
    }

    /// The leaves of a tree of `count` that the bits of `chosen` name, and where they are.
    fn chosen(leaves: &[Digest], chosen: u32) -> (Vec<usize>, Vec<(usize, Digest)>) {
        let known: Vec<_> = (0..leaves.len())
            .filter(|place| chosen >> place & 1 == 1)
            .map(|place| (place, leaves[place]))
            .collect();
        (known.iter().map(|(place, _)| *place).collect(), known)
    }

    #[test]
    fn any_leaves_of_every_size_lead_to_the_root_from_their_places_alone() {
        for count in 1..=9 {
            let leaves = leaves(count);
            let root = root(&leaves);
            for bits in 1..1u32 << count {
                let (places, known) = chosen(&leaves, bits);
                let siblings = multi_path(&leaves, &places);
                let case = format!("{places:?} of {count}");
                assert_eq!(multi_root(&known, count, &siblings), Some(root), "{case}");
                let [place] = places[..] else { continue };
                let mut path = path(&leaves, place);
                let mut sorted = siblings.clone();
                path.sort();
                sorted.sort();
                assert_eq!(sorted, path, "{case}");
            }
        }
    }

    #[test]
    fn many_leaves_elsewhere_or_with_other_siblings_lead_nowhere_or_to_another_root() {
        let leaves = leaves(7);
        let root = root(&leaves);
        for bits in 1..1u32 << 7 {
            let (places, known) = chosen(&leaves, bits);
            let siblings = multi_path(&leaves, &places);
            let lead = |known: &[(usize, Digest)], count, siblings: &[Digest]| {
                multi_root(known, count, siblings) == Some(root)
            };
            for at in 0..siblings.len() {
                let mut bad = siblings.clone();
                bad[at] = leaf_hash(b"other");
                assert!(!lead(&known, 7, &bad));
                bad.remove(at);
                assert!(!lead(&known, 7, &bad));
            }
            let long = [&siblings[..], &[root]].concat();
            assert!(!lead(&known, 7, &long));
            for at in 0..known.len() {
                let mut bad = known.clone();
                bad[at].1 = leaf_hash(b"other");
                assert!(!lead(&bad, 7, &siblings));
                for place in (0..9).filter(|place| *place != known[at].0) {
                    let mut bad = known.clone();
                    bad[at].0 = place;
                    assert!(!lead(&bad, 7, &siblings), "{places:?}, {at} as {place}");
                }
            }
            let twice = [&known[..1], &known[..]].concat();
            assert!(!lead(&twice, 7, &siblings));
        }
        assert_eq!(multi_root(&[(0, root)], 0, &[]), None);
        assert_eq!(multi_root(&[(5, root)], usize::MAX, &[root; 3]), None);
        assert_eq!(multi_root(&[(usize::MAX, root)], 3, &[root; 2]), None);
    }

    #[test]
    fn a_node_cannot_stand_in_for_a_leaf() {
        let leaves = leaves(4);
        let root = root(&leaves);
        let left = node_hash(&leaves[0], &leaves[1]);
        let right = node_hash(&leaves[2], &leaves[3]);
        let joined = [left.as_bytes().as_slice(), right.as_bytes().as_slice()].concat();
        assert_ne!(leaf_hash(&joined), root);
        assert!(!verify_path(leaf_hash(&joined), 0, 1, &[], root));
    }
}
