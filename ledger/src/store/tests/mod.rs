#![allow(clippy::unwrap_used)]

mod blobs;
mod chain;
mod crash;
mod evidence;
mod opening;
mod pool;
mod proposals;
mod size;
mod updates;
mod votes;

use tempfile::TempDir;
use weft_chain::{ChainId, HeaderHash};

use super::{Store, StoreIdentity};

fn identity() -> StoreIdentity {
    StoreIdentity {
        chain_id: "weft-store-test".parse::<ChainId>().unwrap(),
        genesis: HeaderHash::from_bytes([1; 32]),
    }
}

/// A store in a folder of its own, which can be closed and opened again.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn open(&self) -> Store {
        Store::open_as(self.folder.path().join("weft.redb"), identity()).unwrap()
    }
}
