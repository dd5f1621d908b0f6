//! Namespace lists: every height covered, linked and final, and no blob missing.

use thiserror::Error;
use weft_chain::{
    BlobHeader, BlobId, CommitmentsProofError, Height, Namespace, NamespaceProofError,
    VerifiedHeader,
};
use weft_encoding::Fault;

use super::{HeaderError, Trust, verify_child, verify_header};
use weft_gateway_api::{NamespaceBlobDto, NamespaceBlobsDto};

/// All blobs of a namespace over a range of heights, proven complete.
#[derive(Debug, Clone)]
pub struct NamespaceList {
    namespace: Namespace,
    blocks: Vec<VerifiedHeader>,
    blobs: Vec<ListedBlob>,
}

/// One blob of a [`NamespaceList`].
#[derive(Debug, Clone)]
pub struct ListedBlob {
    blob_id: BlobId,
    height: Height,
    first_row: u64,
    header: BlobHeader,
}

impl NamespaceList {
    /// The namespace.
    pub const fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The final header of every height covered, in order; never empty.
    pub fn blocks(&self) -> &[VerifiedHeader] {
        &self.blocks
    }

    /// The namespace's blobs, by height and then by id.
    pub fn blobs(&self) -> &[ListedBlob] {
        &self.blobs
    }

    /// Takes in the list of the heights that follow, which [`verify_namespace_list`] linked.
    pub(crate) fn append(&mut self, next: Self) {
        self.blocks.extend(next.blocks);
        self.blobs.extend(next.blobs);
    }
}

impl ListedBlob {
    /// The blob's id.
    pub const fn blob_id(&self) -> BlobId {
        self.blob_id
    }

    /// Height of its block.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// Its first row among the block's rows.
    pub const fn first_row(&self) -> u64 {
        self.first_row
    }

    /// Its header.
    pub const fn header(&self) -> &BlobHeader {
        &self.header
    }
}

/// Verifies a namespace's list as a gateway gave it, for the range that was asked for.
///
/// The blobs' commitments are shown to be those of their rows under the commitments root, which is
/// what light clients sample.
///
/// `before` is the verified header at `from - 1`, where one is known: the list then continues it.
///
/// Costs one aggregate signature verification a height.
///
/// # Errors
///
/// [`NamespaceListError`]. Fault: peer.
pub fn verify_namespace_list(
    trust: &Trust,
    namespace: &Namespace,
    (from, to): (Height, Height),
    before: Option<&VerifiedHeader>,
    dto: NamespaceBlobsDto,
) -> Result<NamespaceList, NamespaceListError> {
    if dto.namespace != *namespace {
        return Err(NamespaceListError::OtherNamespace {
            found: dto.namespace,
            expected: *namespace,
        });
    }
    let heights = (from.get()..=to.get()).count();
    if dto.blocks.len() != heights || (dto.from, dto.to) != (from.get(), to.get()) {
        return Err(NamespaceListError::Range {
            found_from: dto.from,
            found_to: dto.to,
            found_heights: dto.blocks.len(),
            from: from.get(),
            to: to.get(),
        });
    }
    let mut blocks: Vec<VerifiedHeader> = Vec::with_capacity(heights);
    let mut blobs = Vec::with_capacity(dto.blobs.len());
    let mut claimed = dto.blobs.into_iter().peekable();
    for (height, entry) in (from.get()..=to.get()).zip(dto.blocks) {
        let height = Height::new(height);
        let block = verify_header(trust, entry.block)?;
        verify_child(trust, blocks.last().or(before), &block, height)?;
        if entry.height != height.get() {
            return Err(NamespaceListError::Inconsistent {
                height,
                field: "height",
            });
        }
        let entries = entry.proof.0.verify(block.namespaces_root, namespace)?;
        for proven in &entries {
            let blob = claimed
                .next_if(|blob| blob.height == height.get() && blob.blob_id == proven.blob_id)
                .ok_or(NamespaceListError::Missing {
                    blob_id: proven.blob_id,
                    height,
                })?;
            let rows = (proven.first_row.into(), proven.rows.into());
            blobs.push(listed(namespace, height, rows, blob)?);
        }
        let of_block = &blobs[blobs.len() - entries.len()..];
        match entry.commitments_proof {
            Some(proof) if !entries.is_empty() => {
                let placed = entries.iter().zip(of_block).map(|(proven, blob)| {
                    let commitments = blob.header.commitments.as_slice();
                    (usize::from(proven.first_row), commitments)
                });
                proof.0.verify(&block, placed)?;
            }
            None if entries.is_empty() => {}
            _ => {
                return Err(NamespaceListError::Inconsistent {
                    height,
                    field: "commitments_proof",
                });
            }
        }
        blocks.push(block);
    }
    if let Some(blob) = claimed.next() {
        return Err(NamespaceListError::NotProven {
            blob_id: blob.blob_id,
            height: blob.height,
        });
    }
    Ok(NamespaceList {
        namespace: *namespace,
        blocks,
        blobs,
    })
}

/// A blob whose header hashes to the proven id and whose plain fields agree with it.
fn listed(
    namespace: &Namespace,
    height: Height,
    (first_row, rows): (u64, u64),
    dto: NamespaceBlobDto,
) -> Result<ListedBlob, NamespaceListError> {
    let header = dto.header.0;
    let fields = [
        ("header", header.id() == dto.blob_id),
        ("namespace", header.namespace == *namespace),
        ("layout", header.layout == dto.layout),
        ("byte_len", header.byte_len == dto.byte_len),
        ("first_row", dto.first_row == first_row),
        (
            "rows",
            dto.rows == rows && u64::try_from(header.rows()) == Ok(rows),
        ),
    ];
    if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
        return Err(NamespaceListError::Inconsistent { height, field });
    }
    Ok(ListedBlob {
        blob_id: dto.blob_id,
        height,
        first_row,
        header,
    })
}

/// Why a namespace's list does not hold.
#[derive(Debug, Error)]
pub enum NamespaceListError {
    /// The list is of another namespace. Fault: peer.
    #[error("it is of namespace {found}, expected {expected}")]
    OtherNamespace {
        /// The list's namespace.
        found: Namespace,
        /// The namespace asked for.
        expected: Namespace,
    },
    /// The list does not have every height that was asked for. Fault: peer.
    #[error(
        "it covers {found_from} to {found_to} with {found_heights} proofs, expected {from} to {to}"
    )]
    Range {
        /// First height that it says it covers.
        found_from: u64,
        /// Last height that it says it covers.
        found_to: u64,
        /// Heights that it has proofs for.
        found_heights: usize,
        /// First height asked for.
        from: u64,
        /// Last height asked for.
        to: u64,
    },
    /// A header does not hold, or the headers are not a chain. Fault: as it says.
    #[error("a header does not hold: {0}")]
    Header(#[from] HeaderError),
    /// A namespace proof does not hold. Fault: peer.
    #[error("a namespace proof does not hold: {0}")]
    Proof(#[from] NamespaceProofError),
    /// The blobs' commitments are not shown to be those of the block's rows. Fault: peer.
    #[error("the commitments are not shown to be the block's: {0}")]
    Commitments(#[from] CommitmentsProofError),
    /// The block has a blob of the namespace that the list leaves out. Fault: peer.
    #[error("blob {blob_id} at {height} is left out or out of its place")]
    Missing {
        /// The blob.
        blob_id: BlobId,
        /// Its block.
        height: Height,
    },
    /// The list has a blob that no block proves. Fault: peer.
    #[error("blob {blob_id} is listed at {height}, where no proof has it")]
    NotProven {
        /// The blob.
        blob_id: BlobId,
        /// The height it is listed at.
        height: u64,
    },
    /// A plain field says something else than the proof or the header. Fault: peer.
    #[error("at {height} a {field} is not what the proof and the header say")]
    Inconsistent {
        /// The height.
        height: Height,
        /// The field.
        field: &'static str,
    },
}

impl NamespaceListError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Header(error) => error.fault(),
            _ => Fault::Peer,
        }
    }
}
