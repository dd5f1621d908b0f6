//! Messages of the right shape. Nothing in this crate verifies a proof, so none is right.

use std::num::NonZeroU32;

use weft_chain::{
    BlobHeader, BlobId, Block, BlockBody, CertifiedBlob, Height, Signature, SignedValidatorUpdate,
};
use weft_encoding::{
    CELL_BYTES, Cell, CellCoord, CellProof, Column, ColumnIndex, ColumnPath, ColumnProof, Digest,
    RowIndex, UnverifiedCell, UnverifiedColumn,
};
use weft_network::{
    ColumnCellProofs, DisperseRequest, GetBlobHeaders, GetBody, GetCellProofs, GetColumns,
    GetHeaders, GetSampledCells, GetSamples, GetStatus, GetValidatorUpdate, OfferUpdate, Propose,
    PushProofs,
};
use weft_test_chain::{TestChain, namespace, unsigned_approval, unsigned_blob, unsigned_header};

pub(crate) fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

pub(crate) fn signature() -> Signature {
    Signature::from_bytes([9; 96])
}

pub(crate) fn blob_id() -> BlobId {
    BlobId::from_bytes([3; 32])
}

/// A cell whose elements are all the same small number.
pub(crate) fn cell(seed: u8) -> Cell {
    let mut bytes = vec![0; CELL_BYTES];
    bytes
        .iter_mut()
        .skip(31)
        .step_by(32)
        .for_each(|last| *last = seed);
    Cell::from_bytes(&bytes).unwrap()
}

pub(crate) fn columns(count: usize) -> Vec<ColumnIndex> {
    ColumnIndex::all().take(count).collect()
}

pub(crate) fn proven_columns(count: usize, rows: usize) -> Vec<UnverifiedColumn> {
    let cells: Vec<Cell> = (0..rows)
        .map(|row| cell(u8::try_from(row).unwrap()))
        .collect();
    columns(count)
        .into_iter()
        .map(|index| UnverifiedColumn {
            column: Column {
                index,
                cells: cells.clone(),
            },
            proof: ColumnProof::from_bytes([5; 48]),
            path: ColumnPath::from_hashes([digest(6); 7]),
        })
        .collect()
}

pub(crate) fn certified(rows: usize) -> CertifiedBlob {
    unsigned_blob(namespace("network"), 1, rows)
}

pub(crate) fn blob_header(rows: usize) -> BlobHeader {
    certified(rows).header
}

/// As large as a reply can be: blobs of one row.
pub(crate) fn blob_headers(blobs: usize) -> Vec<BlobHeader> {
    vec![blob_header(1); blobs]
}

pub(crate) fn body(blobs: usize) -> BlockBody {
    BlockBody {
        blobs: vec![certified(1); blobs],
        update: None,
    }
}

pub(crate) fn coords(count: usize) -> Vec<CellCoord> {
    (0..count)
        .map(|at| CellCoord {
            row: RowIndex::new(at / 128).unwrap(),
            column: ColumnIndex::new(at % 128).unwrap(),
        })
        .collect()
}

pub(crate) fn disperse(count: usize, rows: usize) -> DisperseRequest {
    DisperseRequest {
        header: blob_header(rows),
        validator_set_root: digest(1),
        expiry: Height::new(10),
        columns: proven_columns(count, rows),
    }
}

pub(crate) fn column_proofs(count: usize, rows: usize) -> Vec<ColumnCellProofs> {
    let entry = |column| ColumnCellProofs {
        column,
        proofs: vec![CellProof::from_bytes([2; 48]); rows],
    };
    columns(count).into_iter().map(entry).collect()
}

pub(crate) fn push_proofs(count: usize, rows: usize) -> PushProofs {
    PushProofs {
        blob_id: blob_id(),
        columns: column_proofs(count, rows),
    }
}

pub(crate) fn get_cell_proofs(count: usize) -> GetCellProofs {
    GetCellProofs {
        blob_id: blob_id(),
        columns: columns(count),
    }
}

pub(crate) fn get_columns(count: usize) -> GetColumns {
    GetColumns {
        blob_id: blob_id(),
        columns: columns(count),
    }
}

pub(crate) fn get_samples(count: usize) -> GetSamples {
    GetSamples {
        height: Height::new(1),
        coords: coords(count),
    }
}

pub(crate) fn get_sampled_cells() -> GetSampledCells {
    GetSampledCells {
        height: Height::new(1),
    }
}

pub(crate) fn sampled_cells(count: usize) -> Vec<UnverifiedCell> {
    let unverified = |coord| UnverifiedCell {
        coord,
        cell: cell(3),
        proof: CellProof::from_bytes([1; 48]),
    };
    coords(count).into_iter().map(unverified).collect()
}

pub(crate) fn get_blob_headers() -> GetBlobHeaders {
    GetBlobHeaders {
        height: Height::new(1),
    }
}

pub(crate) fn get_body() -> GetBody {
    GetBody {
        height: Height::new(1),
    }
}

pub(crate) fn get_headers(from: u64, count: u16) -> GetHeaders {
    GetHeaders {
        from: Height::new(from),
        count,
    }
}

pub(crate) fn get_status() -> GetStatus {
    GetStatus
}

pub(crate) fn propose() -> Propose {
    Propose {
        block: Block {
            header: unsigned_header(1).header,
            body: body(2),
        },
    }
}

pub(crate) fn get_validator_update() -> GetValidatorUpdate {
    GetValidatorUpdate { root: digest(1) }
}

/// An update of the right shape; `text` bytes are in the name and the addresses of each entry.
pub(crate) fn signed_update(validators: usize, text: usize) -> SignedValidatorUpdate {
    let (name, mut left) = (text.min(64), text.saturating_sub(64));
    let mut addresses = Vec::new();
    while left > 0 {
        let bytes = left.min(256);
        addresses.push("a".repeat(bytes));
        left -= bytes;
    }
    let chain = TestChain::new(1);
    let mut update = chain.unsigned_update(&chain, 10);
    update.validators[0].name = "n".repeat(name);
    update.validators[0].addresses = addresses;
    update.validators = vec![update.validators[0].clone(); validators];
    unsigned_approval(update)
}

/// As many validators as there may be, with as much text as an update has room for.
pub(crate) fn largest_update() -> SignedValidatorUpdate {
    signed_update(1024, 750)
}

pub(crate) fn offer_update() -> OfferUpdate {
    OfferUpdate {
        update: signed_update(4, 100),
    }
}

pub(crate) fn nz(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap()
}
