//! Proofs from the namespaced tree, and their verification.

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use nmt_rs::simple_merkle::proof::Proof;
use nmt_rs::{NamespaceProof as NmtProof, NamespacedHash};
use weft_encoding::{Digest, MAX_BLOCK_ROWS, NAMESPACE_BYTES};

use super::node::{Hasher, IGNORE_MAX_NAMESPACE, NODE_BYTES, Node, namespace_id};
use super::{BlobEntry, NamespaceProofError};
use crate::codec::{Canonical, read_vec, refused, write_vec};
use crate::{MAX_BODY_BLOBS, Namespace};

/// The most siblings that a run of leaves has: one on either side at each of the tree's levels.
const MAX_SIBLINGS: usize = 2 * MAX_BODY_BLOBS.ilog2() as usize;

/// Proof of which blobs of a namespace a block has; not verified until [`NamespaceProof::verify`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NamespaceProof {
    /// The tree's root, whose hash stands in the header.
    pub(super) root: Node,
    pub(super) evidence: Evidence,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The namespace is outside of the tree's range, or the tree is empty.
    Outside,
    /// No leaf has the namespace: `next` is the first after it, and what is left of `next` ends
    /// before it.
    Gap {
        start: u16,
        next: Node,
        siblings: Vec<Node>,
    },
    /// All leaves of the namespace, which begin at leaf `start`.
    Present {
        start: u16,
        entries: Vec<BlobEntry>,
        siblings: Vec<Node>,
    },
}

impl NamespaceProof {
    /// The blobs of the namespace, all of them; none if the proof shows that it is absent.
    ///
    /// Costs a hash for every entry and node of the proof.
    ///
    /// # Errors
    /// [`NamespaceProofError`] if the proof is of another tree or namespace, or leaves out a blob
    /// (fault: peer).
    pub fn verify(
        &self,
        namespaces_root: Digest,
        namespace: &Namespace,
    ) -> Result<Vec<BlobEntry>, NamespaceProofError> {
        let (expected, actual) = (namespaces_root, self.root.digest());
        if expected != actual {
            return Err(NamespaceProofError::WrongRoot { expected, actual });
        }
        match &self.evidence {
            Evidence::Outside => {
                if self.root.0.contains::<Hasher>(namespace_id(namespace)) {
                    return Err(NamespaceProofError::WithinRange {
                        namespace: *namespace,
                    });
                }
                Ok(Vec::new())
            }
            Evidence::Gap {
                start,
                next,
                siblings,
            } => {
                check_order(*start, &next.0, siblings)?;
                let proof = NmtProof::AbsenceProof {
                    proof: merkle_proof(*start, 1, siblings),
                    ignore_max_ns: IGNORE_MAX_NAMESPACE,
                    leaf: Some(next.0.clone()),
                };
                self.check(&proof, &[], namespace)?;
                Ok(Vec::new())
            }
            Evidence::Present {
                start,
                entries,
                siblings,
            } => {
                check_entries(entries, namespace)?;
                let id = namespace_id(namespace);
                check_order(
                    *start,
                    &NamespacedHash::with_min_and_max_ns(id, id),
                    siblings,
                )?;
                let leaves: Vec<Vec<u8>> = entries.iter().map(BlobEntry::leaf_data).collect();
                let proof = NmtProof::PresenceProof {
                    proof: merkle_proof(*start, leaves.len(), siblings),
                    ignore_max_ns: IGNORE_MAX_NAMESPACE,
                };
                self.check(&proof, &leaves, namespace)?;
                Ok(entries.clone())
            }
        }
    }

    fn check(
        &self,
        proof: &NmtProof<Hasher, NAMESPACE_BYTES>,
        leaves: &[Vec<u8>],
        namespace: &Namespace,
    ) -> Result<(), NamespaceProofError> {
        proof
            .verify_complete_namespace(&self.root.0, leaves, namespace_id(namespace))
            .map_err(NamespaceProofError::Refused)
    }
}

fn merkle_proof(start: u16, leaves: usize, siblings: &[Node]) -> Proof<Hasher> {
    let end = usize::from(start) + leaves;
    Proof {
        siblings: siblings.iter().map(|node| node.0.clone()).collect(),
        range: u32::from(start)..u32::try_from(end).unwrap_or(u32::MAX),
    }
}

fn check_entries(entries: &[BlobEntry], namespace: &Namespace) -> Result<(), NamespaceProofError> {
    for (position, entry) in entries.iter().enumerate() {
        if entry.namespace != *namespace {
            let (expected, actual) = (*namespace, entry.namespace);
            return Err(NamespaceProofError::WrongNamespace {
                position,
                expected,
                actual,
            });
        }
        let first_row = usize::from(entry.first_row);
        let end = first_row + usize::from(entry.rows);
        if entry.rows == 0 || end > MAX_BLOCK_ROWS {
            return Err(NamespaceProofError::RowsOutOfRange {
                position,
                first_row,
                end,
            });
        }
        if position > 0 && entries[position - 1].blob_id >= entry.blob_id {
            return Err(NamespaceProofError::UnorderedEntries { position });
        }
    }
    Ok(())
}

/// Checks the preconditions without which `nmt-rs` panics: that there are as many left siblings as the
/// leaf's index takes, and that no node's range begins before its left neighbour's ends.
fn check_order(
    start: u16,
    leaf: &NamespacedHash<NAMESPACE_BYTES>,
    siblings: &[Node],
) -> Result<(), NamespaceProofError> {
    let needed = usize::try_from(start.count_ones()).unwrap_or(usize::MAX);
    if siblings.len() < needed {
        let (nodes, start) = (siblings.len(), start.into());
        return Err(NamespaceProofError::TooFewNodes {
            nodes,
            start,
            needed,
        });
    }
    let (left, right) = siblings.split_at(needed);
    let left = left.iter().map(|node| &node.0);
    let right = right.iter().map(|node| &node.0);
    let nodes: Vec<_> = left.chain([leaf]).chain(right).collect();
    match nodes
        .windows(2)
        .position(|pair| pair[0].max_namespace() > pair[1].min_namespace())
    {
        Some(position) => Err(NamespaceProofError::UnorderedNodes {
            position: position + 1,
        }),
        None => Ok(()),
    }
}

const OUTSIDE: u8 = 0;
const GAP: u8 = 1;
const PRESENT: u8 = 2;

impl BorshSerialize for Evidence {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        match self {
            Self::Outside => OUTSIDE.serialize(writer),
            Self::Gap {
                start,
                next,
                siblings,
            } => {
                (GAP, start, next).serialize(writer)?;
                write_vec(siblings, writer)
            }
            Self::Present {
                start,
                entries,
                siblings,
            } => {
                (PRESENT, start).serialize(writer)?;
                write_vec(entries, writer)?;
                write_vec(siblings, writer)
            }
        }
    }
}

impl BorshDeserialize for Evidence {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        match u8::deserialize_reader(reader)? {
            OUTSIDE => Ok(Self::Outside),
            GAP => Ok(Self::Gap {
                start: read_start(reader)?,
                next: Node::deserialize_reader(reader)?,
                siblings: read_vec("siblings", 0..=MAX_SIBLINGS, reader)?,
            }),
            PRESENT => Ok(Self::Present {
                start: read_start(reader)?,
                entries: read_vec("entries", 1..=MAX_BODY_BLOBS, reader)?,
                siblings: read_vec("siblings", 0..=MAX_SIBLINGS, reader)?,
            }),
            kind => Err(refused(format!(
                "evidence of kind {kind}, there are 0 to {PRESENT}"
            ))),
        }
    }
}

fn read_start<R: Read>(reader: &mut R) -> IoResult<u16> {
    let start = u16::deserialize_reader(reader)?;
    if usize::from(start) >= MAX_BODY_BLOBS {
        return Err(refused(format!(
            "leaf {start}, a tree has at most {MAX_BODY_BLOBS}"
        )));
    }
    Ok(start)
}

impl Canonical for NamespaceProof {
    const NAME: &'static str = "a namespace proof";
    const MAX_BYTES: usize = NODE_BYTES
        + (1 + 2)
        + (4 + BlobEntry::ENCODED_BYTES * MAX_BODY_BLOBS)
        + (4 + NODE_BYTES * MAX_SIBLINGS);
}
