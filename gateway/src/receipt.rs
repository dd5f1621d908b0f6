//! Receipts: proof that a blob is certified and, once it is ordered, of its block.

use weft_chain::{
    AvailabilityCertificate, BlobHeader, BlobId, CommitmentsProof, Height, NamespaceProof,
    SignedHeader, namespace_proof,
};
use weft_encoding::KzgProof;
use weft_ledger::store::{Location, Store, StoreError};

use super::Gateway;

/// Proof that a blob is certified and, once it is ordered, of its block.
///
/// If several blocks have ordered the blob, the receipt is of the newest, with the certificate that
/// this block ordered.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The blob's id.
    pub blob_id: BlobId,
    /// The blob's header: the id is its hash.
    pub header: BlobHeader,
    /// More than 2/3 of the stake signed that they hold it.
    pub certificate: AvailabilityCertificate,
    /// EIP-4844 proofs, one per row, if this gateway has made them.
    pub kzg_proofs: Option<Vec<KzgProof>>,
    /// The block, once the blob is ordered.
    pub ordered: Option<Ordered>,
}

/// The block that a blob is in, and the proof of its inclusion.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// The block's height, and the blob's first row in the block.
    pub location: Location,
    /// The block's header with its finality certificate.
    pub block: SignedHeader,
    /// The namespace's blobs in the block, complete under the header's namespaces root.
    pub inclusion: NamespaceProof,
    /// The blob's commitments are those of its rows under the header's commitments root.
    pub commitments: CommitmentsProof,
}

impl Receipt {
    /// Loads the receipt from the store; `None` while the blob is not certified here.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    pub fn load(store: &Store, blob_id: BlobId) -> Result<Option<Self>, StoreError> {
        Self::load_from(store, blob_id, Height::GENESIS)
    }

    /// The receipt of the newest certificate. It has no block until that certificate is ordered,
    /// even if an earlier certificate was.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    pub(super) fn load_newest(store: &Store, blob_id: BlobId) -> Result<Option<Self>, StoreError> {
        let newest = store.certificate(&blob_id)?;
        let expiry = newest.map_or(Height::GENESIS, |certificate| certificate.expiry);
        Self::load_from(store, blob_id, expiry)
    }

    /// The receipt, with a block only if that block's certificate expires at `expiry` or later.
    fn load_from(
        store: &Store,
        blob_id: BlobId,
        expiry: Height,
    ) -> Result<Option<Self>, StoreError> {
        let Some(header) = store.blob_header(&blob_id)? else {
            return Ok(None);
        };
        let location = store.location(&blob_id)?;
        let ordered = match location.filter(|place| place.expiry >= expiry) {
            Some(location) => Ordered::load(store, &header, location)?,
            None => None,
        };
        let (ordered, certificate) = match ordered {
            Some((ordered, certificate)) => (Some(ordered), Some(certificate)),
            None => (None, store.certificate(&blob_id)?),
        };
        let Some(certificate) = certificate else {
            return Ok(None);
        };
        Ok(Some(Self {
            blob_id,
            header,
            certificate,
            kzg_proofs: store.kzg_proofs(&blob_id)?,
            ordered,
        }))
    }
}

impl Ordered {
    /// The block at the blob's location, and the blob's certificate in that block.
    fn load(
        store: &Store,
        header: &BlobHeader,
        location: Location,
    ) -> Result<Option<(Self, AvailabilityCertificate)>, StoreError> {
        let (Some(block), Some(body)) = (
            store.signed_header(location.height)?,
            store.body(location.height)?,
        ) else {
            return Ok(None);
        };
        let inclusion = namespace_proof(&body, &header.namespace)
            .map_err(|error| StoreError::damaged("bodies", error))?;
        let first_row = usize::from(location.first_row);
        let rows = first_row..first_row + header.rows();
        let commitments = CommitmentsProof::of_blob(&body.commitments(), rows);
        let blob = body.blobs.into_iter().find(|blob| blob.header == *header);
        let ordered = Self {
            location,
            block,
            inclusion,
            commitments,
        };
        Ok(blob.map(|blob| (ordered, blob.certificate)))
    }
}

impl Gateway {
    /// The receipt of a blob; `None` if no certified blob with this id is known here.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    pub async fn receipt(&self, blob_id: BlobId) -> Result<Option<Receipt>, super::ReadError> {
        let store = self.shared.store.clone();
        super::blocking(move || Receipt::load(&store, blob_id).map_err(super::ReadError::from))
            .await
    }
}
