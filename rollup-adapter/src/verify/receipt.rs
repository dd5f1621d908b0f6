//! Receipts: the blob is what its id says, custodians signed for it, and a final block has it.

use thiserror::Error;
use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobHeaderError, BlobId, CertificateError,
    CommitmentsProofError, ExpiryError, Height, Namespace, NamespaceProofError, VerifiedHeader,
};
use weft_encoding::{Commitment, Digest, Fault, KzgProof, Layout};

use super::{HeaderError, Trust, verify_header};
use weft_gateway_api::{ReceiptDto, Wait};

/// A receipt that holds: the blob is certified under a trusted validator set and, if it has an
/// [`Inclusion`], stands in a final block.
#[derive(Debug, Clone)]
pub struct VerifiedReceipt {
    header: BlobHeader,
    blob_id: BlobId,
    certificate: AvailabilityCertificate,
    kzg_proofs: Option<Vec<KzgProof>>,
    inclusion: Option<Inclusion>,
}

/// Where a blob stands in the chain.
#[derive(Debug, Clone)]
pub struct Inclusion {
    block: VerifiedHeader,
    first_row: u64,
}

impl Inclusion {
    /// The final header of the block that has the blob.
    pub const fn block(&self) -> &VerifiedHeader {
        &self.block
    }

    /// The blob's first row among the block's rows.
    pub const fn first_row(&self) -> u64 {
        self.first_row
    }
}

impl VerifiedReceipt {
    /// The blob's id.
    pub const fn blob_id(&self) -> BlobId {
        self.blob_id
    }

    /// The blob's header.
    pub const fn header(&self) -> &BlobHeader {
        &self.header
    }

    /// Whose batch it is.
    pub const fn namespace(&self) -> &Namespace {
        &self.header.namespace
    }

    /// How the batch became rows.
    pub const fn layout(&self) -> Layout {
        self.header.layout
    }

    /// Bytes of the batch.
    pub const fn byte_len(&self) -> u64 {
        self.header.byte_len
    }

    /// Rows of the blob.
    pub fn rows(&self) -> usize {
        self.header.rows()
    }

    /// One KZG commitment a row.
    pub fn commitments(&self) -> &[Commitment] {
        &self.header.commitments
    }

    /// One EIP-4844 versioned hash a row: what Ethereum's blob opcodes and precompiles name it by.
    pub fn versioned_hashes(&self) -> Vec<[u8; 32]> {
        versioned_hashes(&self.header.commitments)
    }

    /// The custodians' certificate.
    pub const fn certificate(&self) -> &AvailabilityCertificate {
        &self.certificate
    }

    /// Where the blob stands in the chain; `None` until it is ordered.
    pub const fn inclusion(&self) -> Option<&Inclusion> {
        self.inclusion.as_ref()
    }

    /// Height of the block that has the blob; `None` until it is ordered.
    pub fn height(&self) -> Option<Height> {
        self.inclusion
            .as_ref()
            .map(|inclusion| inclusion.block.height)
    }

    /// Checks that the block after `head` may have the certificate of a blob that is not ordered
    /// yet. One that does not hold is too old to be ordered: the same content has to be posted again.
    ///
    /// [`verify_receipt`] cannot check this, for it knows no height; where the blob is ordered, it
    /// has checked the expiry against the block, and this holds.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Expiry`]. Fault: peer, or a head that is old.
    pub fn verify_expiry(&self, trust: &Trust, head: &VerifiedHeader) -> Result<(), ReceiptError> {
        if self.inclusion.is_some() {
            return Ok(());
        }
        let next = head.height.saturating_add(1);
        let checked = trust
            .retention()
            .check_expiry(self.certificate.expiry, next);
        checked.map_err(ReceiptError::Expiry)
    }

    /// Whether the blob came as far as `wait` says.
    pub const fn reached(&self, wait: Wait) -> bool {
        match wait {
            Wait::Certified => true,
            Wait::Ordered => self.inclusion.is_some(),
        }
    }

    /// The EIP-4844 proofs that the gateway made, one a row. They prove nothing without the rows,
    /// so they are checked with the batch.
    pub fn claimed_kzg_proofs(&self) -> Option<&[KzgProof]> {
        self.kzg_proofs.as_deref()
    }
}

fn versioned_hashes(commitments: &[Commitment]) -> Vec<[u8; 32]> {
    commitments.iter().map(Commitment::versioned_hash).collect()
}

/// Verifies a receipt as a gateway gave it, for the blob that was asked for.
///
/// `blob_id` is `None` for a post, where the id is learnt from the answer: the receipt is then
/// bound to what was posted by [`super::verify_batch`].
///
/// The certificate of an ordered blob must be of its block's validator set or of the one before it.
///
/// An ordered blob's commitments are shown to be those of its rows under the block's commitments
/// root, and so are what light clients sample: what they find available is this blob.
///
/// The certificate of an ordered blob must expire as late as its block asks for: custodians keep the
/// blob for the chain's retention, less the slack. Of a blob that is certified alone no height is
/// known, so this says only that more than two thirds of the stake once signed to keep it to its
/// expiry; [`VerifiedReceipt::verify_expiry`] compares it with a final header.
///
/// Costs one aggregate signature verification, two if the blob is ordered.
///
/// # Errors
///
/// [`ReceiptError`]. Fault: peer.
pub fn verify_receipt(
    trust: &Trust,
    blob_id: Option<&BlobId>,
    dto: ReceiptDto,
) -> Result<VerifiedReceipt, ReceiptError> {
    let header = dto.header.0;
    header.validate()?;
    let found = header.id();
    if let Some(expected) = blob_id.filter(|expected| **expected != found) {
        return Err(ReceiptError::OtherBlob {
            found,
            expected: *expected,
        });
    }
    let certificate = dto.certificate.0;
    let hashes: Vec<_> = versioned_hashes(&header.commitments)
        .into_iter()
        .map(Digest::from_bytes)
        .collect();
    let fields = [
        ("blob_id", dto.blob_id == found),
        ("namespace", dto.namespace == header.namespace),
        ("layout", dto.layout == header.layout),
        ("byte_len", dto.byte_len == header.byte_len),
        ("rows", usize::try_from(dto.rows) == Ok(header.rows())),
        ("commitments", dto.commitments == header.commitments),
        ("versioned_hashes", dto.versioned_hashes == hashes),
        ("expiry", dto.expiry == certificate.expiry.get()),
        (
            "kzg_proofs",
            dto.kzg_proofs
                .as_ref()
                .is_none_or(|proofs| proofs.len() == header.rows()),
        ),
        (
            "block",
            dto.height == dto.block.as_ref().map(|block| block.height),
        ),
    ];
    if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
        return Err(ReceiptError::Inconsistent { field });
    }

    if certificate.blob_id != found {
        return Err(ReceiptError::OtherBlob {
            found: certificate.blob_id,
            expected: found,
        });
    }
    let root = certificate.validator_set_root;
    let validators = trust
        .validator_set(&root)
        .ok_or(ReceiptError::UnknownValidatorSet { root })?;
    certificate
        .verify(trust.chain_id(), &validators)
        .map_err(ReceiptError::Certificate)?;

    let proofs = (dto.inclusion, dto.commitments_proof);
    let inclusion = match (dto.block, proofs, dto.first_row) {
        (None, (None, None), None) => None,
        (Some(block), (Some(proof), Some(commitments_proof)), Some(first_row)) => {
            let block = verify_header(trust, block)?;
            let expected = block.validator_set_root;
            if root != expected && !trust.is_before(&root, block.height) {
                return Err(ReceiptError::OtherValidatorSet {
                    found: root,
                    expected,
                });
            }
            trust
                .retention()
                .check_expiry(certificate.expiry, block.height)
                .map_err(ReceiptError::Expiry)?;
            let entries = proof.0.verify(block.namespaces_root, &header.namespace)?;
            let entry = entries.iter().find(|entry| entry.blob_id == found).ok_or(
                ReceiptError::NotIncluded {
                    blob_id: found,
                    height: block.height,
                },
            )?;
            if u64::from(entry.first_row) != first_row {
                return Err(ReceiptError::Inconsistent { field: "first_row" });
            }
            if usize::from(entry.rows) != header.rows() {
                return Err(ReceiptError::Inconsistent { field: "rows" });
            }
            let placed = (usize::from(entry.first_row), header.commitments.as_slice());
            commitments_proof.0.verify(&block, [placed])?;
            Some(Inclusion { block, first_row })
        }
        _ => return Err(ReceiptError::Inconsistent { field: "inclusion" }),
    };
    Ok(VerifiedReceipt {
        header,
        blob_id: found,
        certificate,
        kzg_proofs: dto.kzg_proofs,
        inclusion,
    })
}

/// Why a receipt does not hold.
#[derive(Debug, Error)]
pub enum ReceiptError {
    /// The blob header breaks a rule of its own. Fault: peer.
    #[error("the blob header is not valid: {0}")]
    BlobHeader(#[from] BlobHeaderError),
    /// The receipt or its certificate is of another blob. Fault: peer.
    #[error("it is of blob {found}, expected {expected}")]
    OtherBlob {
        /// The blob that it is of.
        found: BlobId,
        /// The blob that was asked for.
        expected: BlobId,
    },
    /// A plain field says something else than the encodings. Fault: peer.
    #[error("its {field} is not what its encodings say")]
    Inconsistent {
        /// The field.
        field: &'static str,
    },
    /// The certificate names a validator set that is not trusted. Fault: peer.
    #[error("its certificate's validator set {root} is not trusted")]
    UnknownValidatorSet {
        /// Root of the set.
        root: Digest,
    },
    /// The certificate is neither of the validator set of the block that has the blob nor of the one
    /// before it. Fault: peer.
    #[error("its certificate is of validator set {found}, its block's is {expected}")]
    OtherValidatorSet {
        /// Root of the certificate's set.
        found: Digest,
        /// Root of the block's set.
        expected: Digest,
    },
    /// The availability certificate does not hold: another chain, too little stake, or a false
    /// signature. Fault: peer.
    #[error("the availability certificate does not hold: {0}")]
    Certificate(#[source] CertificateError),
    /// The certificate expires earlier or later than its block asks for. Fault: peer.
    #[error("the availability certificate: {0}")]
    Expiry(#[source] ExpiryError),
    /// The header of the block that is said to have the blob does not hold. Fault: as it says.
    #[error("the block's header does not hold: {0}")]
    Header(#[from] HeaderError),
    /// The namespace proof does not hold. Fault: peer.
    #[error("the inclusion proof does not hold: {0}")]
    Inclusion(#[from] NamespaceProofError),
    /// The blob's commitments are not shown to be those of the block's rows. Fault: peer.
    #[error("its commitments are not shown to be its block's: {0}")]
    Commitments(#[from] CommitmentsProofError),
    /// The block is final and does not have the blob. Fault: peer.
    #[error("the block at {height} does not have blob {blob_id}")]
    NotIncluded {
        /// The blob.
        blob_id: BlobId,
        /// The block.
        height: Height,
    },
    /// Less was done than was asked for. Fault: peer.
    #[error("the blob was to be {asked}, and is not")]
    NotReached {
        /// What was asked for.
        asked: Wait,
    },
}

impl ReceiptError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Header(error) => error.fault(),
            _ => Fault::Peer,
        }
    }
}
