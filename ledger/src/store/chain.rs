//! The ordered chain: headers with their finality, bodies, and where each blob is.

use borsh::{BorshDeserialize, BorshSerialize};
use redb::{ReadableTable, WriteTransaction};
use weft_chain::{
    BlobId, Block, BlockBody, FinalityCertificate, HeaderHash, Height, Namespace, SignedHeader,
};

use super::blobs::keep_until;
use super::error::StoreError;
use super::open::Store;
use super::pool::forget_pending;
use super::proposals::forget_proposals;
use super::tables::{
    BLOB_HEADERS, BODIES, CERTIFICATES, HEADERS, HeightKey, LOCATIONS, NAMESPACE_INDEX,
    NamespaceKey, blob_key, decode, encode, get, height_key, height_of, namespace_key,
};
use super::updates::schedule;
use super::votes::forget_votes_below;

/// Where a blob is ordered, in the newest block that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Location {
    /// The block.
    pub height: Height,
    /// The row of the block's matrix at which the blob's rows begin.
    pub first_row: u16,
    /// The expiry of the block's certificate.
    pub expiry: Height,
}

impl Store {
    /// Appends a decided block atomically: header, body, locations, namespace index, certificates
    /// and update of the validator set. Removes its blobs from the waiting ones, the proposals up
    /// to its height and the vote locks below it.
    ///
    /// Every blob of the block is kept until the latest expiry in the block. A blob that an earlier
    /// block ordered has its location in this block from now on.
    ///
    /// The caller has verified the finality certificate, that the header follows from the body, and
    /// that blobs of earlier blocks may be ordered again. Appending the head again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotNext`], [`StoreError::WrongParent`], [`StoreError::Fork`],
    /// [`StoreError::AlreadyOrdered`], [`StoreError::WrongCertificate`]: caller. A database error:
    /// local.
    pub fn commit_block(
        &self,
        block: &Block,
        finality: &FinalityCertificate,
    ) -> Result<(), StoreError> {
        let hash = block.header.hash();
        if finality.header_hash != hash {
            return Err(StoreError::WrongCertificate {
                certified: finality.header_hash,
                block: hash,
            });
        }
        let signed = SignedHeader {
            header: block.header.clone(),
            finality: finality.clone(),
        };
        let body = block.body.clone();
        let genesis = self.identity().genesis;
        self.write(move |transaction| {
            if !follows(transaction, &signed, genesis)? {
                return Ok(());
            }
            append(transaction, &signed, &body)
        })
    }

    /// The last block's header with its finality.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn head(&self) -> Result<Option<SignedHeader>, StoreError> {
        let table = self.read()?.open_table(HEADERS)?;
        table
            .last()?
            .map(|(_, guard)| decode("headers", guard.value()))
            .transpose()
    }

    /// The header at `height` with its finality.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn signed_header(&self, height: Height) -> Result<Option<SignedHeader>, StoreError> {
        get(
            &self.read()?.open_table(HEADERS)?,
            "headers",
            &height_key(height),
        )
    }

    /// The body of the block at `height`.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn body(&self, height: Height) -> Result<Option<BlockBody>, StoreError> {
        get(
            &self.read()?.open_table(BODIES)?,
            "bodies",
            &height_key(height),
        )
    }

    /// Where a blob is ordered, in the newest block that has it; `None` before it is ordered.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn location(&self, blob: &BlobId) -> Result<Option<Location>, StoreError> {
        get(
            &self.read()?.open_table(LOCATIONS)?,
            "locations",
            &blob_key(blob),
        )
    }

    /// The heights from `from` to `to`, both included, whose blocks hold blobs of `namespace`.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn namespace_heights(
        &self,
        namespace: &Namespace,
        from: Height,
        to: Height,
    ) -> Result<Vec<Height>, StoreError> {
        if from > to {
            return Ok(Vec::new());
        }
        let (first, last) = (namespace_key(namespace, from), namespace_key(namespace, to));
        let table = self.read()?.open_table(NAMESPACE_INDEX)?;
        table
            .range::<&NamespaceKey>(&first..=&last)?
            .map(|entry| {
                let (key, _) = entry?;
                let mut height: HeightKey = [0; 8];
                height.copy_from_slice(&key.value()[first.len() - 8..]);
                Ok(height_of(&height))
            })
            .collect()
    }
}

/// Checks that a block is the next one. False when it is the head already.
fn follows(
    transaction: &WriteTransaction,
    signed: &SignedHeader,
    genesis: HeaderHash,
) -> Result<bool, StoreError> {
    let height = signed.header.height;
    let headers = transaction.open_table(HEADERS)?;
    let stored = get::<8, SignedHeader>(&headers, "headers", &height_key(height))?;
    if let Some(stored) = stored {
        let (committed, refused) = (stored.header.hash(), signed.header.hash());
        if committed == refused {
            return Ok(false);
        }
        return Err(StoreError::Fork {
            height,
            committed,
            refused,
        });
    }
    let last = headers.last()?;
    let head = last
        .map(|(_, guard)| decode::<SignedHeader>("headers", guard.value()))
        .transpose()?;
    let (next, parent) = match &head {
        Some(head) => (head.header.height.get() + 1, head.header.hash()),
        None => (1, genesis),
    };
    if height.get() != next {
        return Err(StoreError::NotNext {
            height,
            expected: Height::new(next),
        });
    }
    if signed.header.parent != parent {
        let named = signed.header.parent;
        return Err(StoreError::WrongParent {
            height,
            parent: named,
            head: parent,
        });
    }
    Ok(true)
}

fn append(
    transaction: &WriteTransaction,
    signed: &SignedHeader,
    body: &BlockBody,
) -> Result<(), StoreError> {
    let height = signed.header.height;
    let mut locations = transaction.open_table(LOCATIONS)?;
    let mut seen = std::collections::BTreeSet::new();
    for entry in &body.blobs {
        let blob = entry.header.id();
        let earlier = get::<32, Location>(&locations, "locations", &blob_key(&blob))?;
        if let Some(earlier) = earlier.filter(|at| at.expiry >= entry.certificate.expiry) {
            return Err(StoreError::AlreadyOrdered {
                blob,
                height: earlier.height,
            });
        }
        if !seen.insert(blob) {
            return Err(StoreError::AlreadyOrdered { blob, height });
        }
    }

    transaction
        .open_table(HEADERS)?
        .insert(&height_key(height), encode(signed).as_slice())?;
    transaction
        .open_table(BODIES)?
        .insert(&height_key(height), encode(body).as_slice())?;
    let mut headers = transaction.open_table(BLOB_HEADERS)?;
    let mut certificates = transaction.open_table(CERTIFICATES)?;
    let mut namespaces = transaction.open_table(NAMESPACE_INDEX)?;
    let kept_until = body.latest_expiry().unwrap_or(height);
    let mut first_row = 0u16;
    for entry in &body.blobs {
        let blob = entry.header.id();
        let key = blob_key(&blob);
        let location = Location {
            height,
            first_row,
            expiry: entry.certificate.expiry,
        };
        locations.insert(&key, encode(&location).as_slice())?;
        namespaces.insert(&namespace_key(&entry.header.namespace, height), ())?;
        headers.insert(&key, encode(&entry.header).as_slice())?;
        certificates.insert(&key, encode(&entry.certificate).as_slice())?;
        keep_until(transaction, &blob, kept_until)?;
        forget_pending(transaction, &blob)?;
        let rows = u16::try_from(entry.header.rows()).unwrap_or(u16::MAX);
        first_row = first_row.saturating_add(rows);
    }
    if let Some(update) = &body.update {
        schedule(transaction, update)?;
    }
    forget_votes_below(transaction, height)?;
    forget_proposals(transaction, height)
}
