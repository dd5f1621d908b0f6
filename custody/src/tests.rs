#![allow(clippy::unwrap_used)]

mod changes;
mod dispersal;
mod serving;

use prometheus::Registry;
use tempfile::TempDir;
use weft_chain::{BlobId, CertifiedBlob, Height, Parent, ValidatorIndex};
use weft_encoding::{CellProof, ColumnIndex, Digest};
use weft_ledger::ValidatorSets;
use weft_ledger::store::Store;
use weft_network::{ColumnCellProofs, DisperseRequest, GetColumns, GetSamples, PushProofs};
use weft_sampling::{ColumnSet, CustodyAssignment};
use weft_test_chain::{TestBlob, TestChain};

use super::{Custodian, CustodianMetrics, CustodianOptions, Withholding};

/// One custodian of a chain of four, with a store of its own.
struct Member {
    custodian: Custodian,
    store: Store,
    columns: ColumnSet,
    root: Digest,
    metrics: CustodianMetrics,
    _folder: TempDir,
}

impl Member {
    fn new(chain: &TestChain, index: usize) -> Self {
        Self::with(chain, index, |_| ())
    }

    fn with(chain: &TestChain, index: usize, change: impl FnOnce(&mut CustodianOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("weft.redb"), &chain.genesis).unwrap();
        let metrics = CustodianMetrics::register(&Registry::new()).unwrap();
        let sets = ValidatorSets::from_genesis(&chain.genesis).unwrap();
        let mut options =
            CustodianOptions::new(&chain.genesis, store.clone(), sets, metrics.clone());
        options.key = Some(chain.keys[index].clone());
        change(&mut options);
        let assignment = CustodyAssignment::new(&chain.set).unwrap();
        let columns = assignment.columns_of(ValidatorIndex::new(index).unwrap());
        let custodian = Custodian::new(options);
        Self {
            custodian,
            store,
            columns,
            root: chain.set.root(),
            metrics,
            _folder: folder,
        }
    }

    /// The dispersal of this custodian's columns.
    fn dispersal(&self, blob: &TestBlob, expiry: u64) -> DisperseRequest {
        DisperseRequest {
            header: blob.header.clone(),
            validator_set_root: self.root,
            expiry: Height::new(expiry),
            columns: self
                .columns
                .iter()
                .map(|column| blob.coded.column(column))
                .collect(),
        }
    }

    /// The push of their cell proofs.
    fn proofs(&self, blob: &TestBlob, proofs: &[Vec<CellProof>]) -> PushProofs {
        let columns = self.columns.iter().map(|column| ColumnCellProofs {
            column,
            proofs: proofs.iter().map(|row| row[column.get()]).collect(),
        });
        PushProofs {
            blob_id: blob.header.id(),
            columns: columns.collect(),
        }
    }

    fn order(&self, chain: &TestChain, parent: &Parent, blobs: Vec<CertifiedBlob>) -> Parent {
        let (block, finality) = chain.block(parent, blobs);
        self.store.commit_block(&block, &finality).unwrap();
        block.header.as_parent()
    }
}

fn get_columns(blob: BlobId, columns: impl IntoIterator<Item = ColumnIndex>) -> GetColumns {
    GetColumns {
        blob_id: blob,
        columns: columns.into_iter().collect(),
    }
}

fn column(index: usize) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}
