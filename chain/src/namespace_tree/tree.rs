//! Building the tree and proofs from it.

use nmt_rs::NamespaceProof as NmtProof;
use weft_encoding::Digest;

use super::node::{self, Hasher, Node, Tree, hasher, namespace_id};
use super::proof::{Evidence, NamespaceProof};
use crate::{BlobEntry, BlockBody, BlockError, Namespace};

/// The digest in a block header for these entries, which may be in any order.
#[must_use]
pub fn namespaces_root(entries: &[BlobEntry]) -> Digest {
    Node(tree(&sorted(entries)).root()).digest()
}

/// Proves the complete list of a namespace's blobs in a block, which may be empty.
///
/// Costs the building of the tree, two hashes a blob.
///
/// # Errors
/// [`BlockError::TooManyRows`] if the body is not one of a block (fault: peer).
pub fn namespace_proof(
    body: &BlockBody,
    namespace: &Namespace,
) -> Result<NamespaceProof, BlockError> {
    let entries = sorted(&body.entries()?);
    let mut tree = tree(&entries);
    let root = Node(tree.root());
    let nodes = |hashes: Vec<node::Hash>| hashes.into_iter().map(Node).collect();
    let too_many = |_| BlockError::TooManyBlobs {
        blobs: entries.len(),
    };
    let evidence = match tree.get_namespace_proof(namespace_id(namespace)) {
        NmtProof::<Hasher, _>::PresenceProof { proof, .. } => Evidence::Present {
            start: u16::try_from(proof.start_idx()).map_err(too_many)?,
            entries: entries
                .iter()
                .filter(|e| e.namespace == *namespace)
                .copied()
                .collect(),
            siblings: nodes(proof.siblings),
        },
        NmtProof::AbsenceProof {
            proof,
            leaf: Some(leaf),
            ..
        } => Evidence::Gap {
            start: u16::try_from(proof.start_idx()).map_err(too_many)?,
            next: Node(leaf),
            siblings: nodes(proof.siblings),
        },
        NmtProof::AbsenceProof { leaf: None, .. } => Evidence::Outside,
    };
    Ok(NamespaceProof { root, evidence })
}

/// By namespace, then blob id: the order that [`BlobEntry`] derives from its fields.
fn sorted(entries: &[BlobEntry]) -> Vec<BlobEntry> {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    entries
}

fn tree(sorted: &[BlobEntry]) -> Tree {
    let mut tree = Tree::with_hasher(hasher());
    for entry in sorted {
        tree.push_leaf(&entry.leaf_data(), namespace_id(&entry.namespace))
            .expect("the entries are sorted by namespace");
    }
    tree
}
