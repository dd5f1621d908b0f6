//! What columns cost on disk.

use redb::{ReadableDatabase, ReadableTableMetadata};
use weft_chain::Height;
use weft_encoding::{CELL_BYTES, ColumnIndex};
use weft_test_chain::{TestBlob, namespace};

use super::*;
use crate::store::tables::COLUMN_CELLS;

#[test]
fn columns_waste_little_of_the_file() {
    for (rows, most_waste) in [(64, 1.10), (9, 1.60)] {
        let folder = Folder::new();
        let store = folder.open();
        let blob = TestBlob::new(namespace("a"), 1, rows);
        let columns = ColumnIndex::all().take(32);
        store
            .put_columns(&blob.header, Height::new(9), blob.verified(columns))
            .unwrap();
        drop(store);

        let path = folder.folder.path().join("weft.redb");
        let database = redb::Database::open(path).unwrap();
        let table = database
            .begin_read()
            .unwrap()
            .open_table(COLUMN_CELLS)
            .unwrap();
        let stats = table.stats().unwrap();
        let cells = 32 * rows * CELL_BYTES;
        let taken = stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
        let waste = taken as f64 / cells as f64;
        println!("{rows} rows: {taken} bytes for {cells} bytes of cells, {waste:.3}");
        assert!(waste < most_waste, "{rows} rows: {waste:.3}");
    }
}
