//! Namespace lists: every height is covered, linked and final, and no blob is missing.

use thiserror::Error;
use weft_chain::{
    BlobHeader, BlobId, CommitmentsProofError, Height, Namespace, NamespaceProofError,
    VerifiedHeader,
};
use weft_encoding::Fault;
use weft_gateway_api::{NamespaceBlobDto, NamespaceBlobsDto};

use super::{HeaderError, Trust, verify_child, verify_header};

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

    /// Appends the list of the following heights, which [`verify_namespace_list`] has linked.
    #[cfg(feature = "http")]
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

/// Verifies a gateway's list of a namespace for the requested range.
///
/// The blobs' commitments are proven to be those of their rows under the commitments root, which light
/// clients sample against.
///
/// `before` is the verified header at `from - 1`, if one is known: the list must follow it.
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

/// Why a namespace's list is not valid.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NamespaceListError {
    /// The list is of another namespace. Fault: peer.
    #[error("the list is of namespace {found}, expected {expected}")]
    OtherNamespace {
        /// The list's namespace.
        found: Namespace,
        /// The requested namespace.
        expected: Namespace,
    },
    /// The list does not cover the requested heights. Fault: peer.
    #[error(
        "the list covers {found_from} to {found_to} with {found_heights} proofs, expected {from} to {to}"
    )]
    Range {
        /// First height that the list names.
        found_from: u64,
        /// Last height that the list names.
        found_to: u64,
        /// Heights that the list has proofs for.
        found_heights: usize,
        /// First height of the request.
        from: u64,
        /// Last height of the request.
        to: u64,
    },
    /// A header is not valid, or the headers are not a chain. Fault: that of the source.
    #[error("a header is not valid: {0}")]
    Header(#[from] HeaderError),
    /// A namespace proof does not verify. Fault: peer.
    #[error("a namespace proof does not verify: {0}")]
    Proof(#[from] NamespaceProofError),
    /// The blobs' commitments are not proven to be those of the block's rows. Fault: peer.
    #[error("the blobs' commitments are not proven to be the block's: {0}")]
    Commitments(#[from] CommitmentsProofError),
    /// The list misses a blob of the namespace, or has it out of order. Fault: peer.
    #[error("blob {blob_id} at height {height} is missing or out of order")]
    Missing {
        /// The blob.
        blob_id: BlobId,
        /// Its block.
        height: Height,
    },
    /// The list has a blob that its proofs do not have. Fault: peer.
    #[error("blob {blob_id} is listed at height {height} without proof")]
    NotProven {
        /// The blob.
        blob_id: BlobId,
        /// The height at which it is listed.
        height: u64,
    },
    /// A plain field contradicts the proof or the header. Fault: peer.
    #[error("at height {height} the field {field} contradicts the proof or the header")]
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
