//! Receipts: the id is the hash of the blob header, custodians signed for it, and a final block has
//! the blob.

use thiserror::Error;
use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobHeaderError, BlobId, CertificateError,
    CommitmentsProofError, ExpiryError, Height, Namespace, NamespaceProofError, VerifiedHeader,
};
use weft_encoding::{Commitment, Digest, Fault, KzgProof, Layout};
use weft_gateway_api::{ReceiptDto, Wait};

use super::{HeaderError, Trust, verify_header};

/// A verified receipt: the blob is certified under a trusted validator set and, if there is an
/// [`Inclusion`], is in a final block.
#[derive(Debug, Clone)]
pub struct VerifiedReceipt {
    header: BlobHeader,
    blob_id: BlobId,
    certificate: AvailabilityCertificate,
    kzg_proofs: Option<Vec<KzgProof>>,
    inclusion: Option<Inclusion>,
}

/// The block that has a blob, and the blob's position in it.
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

    /// The namespace of the batch.
    pub const fn namespace(&self) -> &Namespace {
        &self.header.namespace
    }

    /// The layout of the batch in rows.
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

    /// One EIP-4844 versioned hash a row, as Ethereum's blob opcode and precompile use it.
    pub fn versioned_hashes(&self) -> Vec<[u8; 32]> {
        versioned_hashes(&self.header.commitments)
    }

    /// The custodians' certificate.
    pub const fn certificate(&self) -> &AvailabilityCertificate {
        &self.certificate
    }

    /// The block that has the blob; `None` until it is ordered.
    pub const fn inclusion(&self) -> Option<&Inclusion> {
        self.inclusion.as_ref()
    }

    /// Height of the block that has the blob; `None` until it is ordered.
    pub fn height(&self) -> Option<Height> {
        self.inclusion
            .as_ref()
            .map(|inclusion| inclusion.block.height)
    }

    /// Checks that the block after `head` may order the blob by its certificate's expiry, if the blob
    /// is not ordered yet. If not, the certificate is too old and the content has to be posted again.
    ///
    /// [`verify_receipt`] cannot check this without a height. For an ordered blob it has checked the
    /// expiry against the block, and this succeeds.
    ///
    /// # Errors
    ///
    /// [`ReceiptError::Expiry`]. Fault: peer, unless `head` is old.
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

    /// Whether the blob has reached the state that `wait` names.
    pub const fn reached(&self, wait: Wait) -> bool {
        match wait {
            Wait::Certified => true,
            Wait::Ordered => self.inclusion.is_some(),
        }
    }

    /// The gateway's EIP-4844 proofs, one a row, unverified: [`super::verify_batch`] checks them with
    /// the rows.
    pub fn claimed_kzg_proofs(&self) -> Option<&[KzgProof]> {
        self.kzg_proofs.as_deref()
    }
}

fn versioned_hashes(commitments: &[Commitment]) -> Vec<[u8; 32]> {
    commitments.iter().map(Commitment::versioned_hash).collect()
}

/// Verifies a gateway's receipt of the blob `blob_id`.
///
/// `blob_id` is `None` for the answer to a post, which brings the id: [`super::verify_batch`] then
/// binds the receipt to the batch.
///
/// The certificate of an ordered blob must be of its block's validator set or of the set before it,
/// and must not expire before the block's height plus the chain's retention, less the slack.
///
/// An ordered blob's commitments are proven to be those of its rows under the block's commitments
/// root, which light clients sample against: a block that they find available has this blob.
///
/// A receipt of a blob that is not ordered has no height to compare the expiry with: it proves that
/// more than two thirds of the stake signed to keep the blob until the expiry.
/// [`VerifiedReceipt::verify_expiry`] compares the expiry with a final header.
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

/// Why a receipt is not valid.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The blob header breaks a rule of its own. Fault: peer.
    #[error("the blob header is not valid: {0}")]
    BlobHeader(#[from] BlobHeaderError),
    /// The receipt or its certificate is of another blob. Fault: peer.
    #[error("the receipt is of blob {found}, expected {expected}")]
    OtherBlob {
        /// The blob of the receipt or its certificate.
        found: BlobId,
        /// The requested blob.
        expected: BlobId,
    },
    /// A plain field contradicts the encodings. Fault: peer.
    #[error("the receipt's field {field} contradicts its encodings")]
    Inconsistent {
        /// The field.
        field: &'static str,
    },
    /// The certificate names a validator set that is not trusted. Fault: peer.
    #[error("the certificate's validator set {root} is not trusted")]
    UnknownValidatorSet {
        /// Root of the set.
        root: Digest,
    },
    /// The certificate is neither of the validator set of the block that has the blob nor of the one
    /// before it. Fault: peer.
    #[error("the certificate is of validator set {found}, the block of {expected}")]
    OtherValidatorSet {
        /// Root of the certificate's set.
        found: Digest,
        /// Root of the block's set.
        expected: Digest,
    },
    /// The availability certificate does not verify: another chain, too little stake, or a false
    /// signature. Fault: peer.
    #[error("the availability certificate does not verify: {0}")]
    Certificate(#[source] CertificateError),
    /// The certificate expires earlier or later than the block's height allows. Fault: peer.
    #[error("the availability certificate has a wrong expiry: {0}")]
    Expiry(#[source] ExpiryError),
    /// The header of the blob's block is not valid. Fault: that of the source.
    #[error("the block's header is not valid: {0}")]
    Header(#[from] HeaderError),
    /// The namespace proof does not verify. Fault: peer.
    #[error("the inclusion proof does not verify: {0}")]
    Inclusion(#[from] NamespaceProofError),
    /// The blob's commitments are not proven to be those of the block's rows. Fault: peer.
    #[error("the blob's commitments are not proven to be the block's: {0}")]
    Commitments(#[from] CommitmentsProofError),
    /// The block is final and does not have the blob. Fault: peer.
    #[error("the block at height {height} does not have blob {blob_id}")]
    NotIncluded {
        /// The blob.
        blob_id: BlobId,
        /// The block.
        height: Height,
    },
    /// The blob has not reached the requested state. Fault: peer.
    #[error("the blob is not {asked}, as requested")]
    NotReached {
        /// The requested state.
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
