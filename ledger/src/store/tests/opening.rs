use redb::Database;
use weft_chain::HeaderHash;
use weft_encoding::Fault;

use super::*;
use crate::store::StoreError;
use crate::store::identity::SCHEMA;
use crate::store::tables::META;

#[test]
fn a_store_of_another_chain_is_refused_and_stays_whole() {
    let folder = Folder::new();
    let path = folder.folder.path().join("weft.redb");
    drop(folder.open());
    let others = [
        (
            StoreIdentity {
                chain_id: "other".parse().unwrap(),
                ..identity()
            },
            "chain_id",
        ),
        (
            StoreIdentity {
                genesis: HeaderHash::from_bytes([2; 32]),
                ..identity()
            },
            "genesis",
        ),
    ];
    for (other, name) in others {
        let error = Store::open_as(&path, other).unwrap_err();
        assert!(matches!(&error, StoreError::WrongChain { field, .. } if *field == name));
        assert_eq!(error.fault(), Fault::Local);
    }
    folder.open();
}

#[test]
fn another_schema_is_refused() {
    let folder = Folder::new();
    let path = folder.folder.path().join("weft.redb");
    drop(folder.open());
    for (bytes, expected) in [
        (&[0, 0, 0, 2][..], Some(2)),
        (&[0, 0, 0, 4], Some(4)),
        (&[1], None),
    ] {
        let database = Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction
            .open_table(META)
            .unwrap()
            .insert("schema", bytes)
            .unwrap();
        transaction.commit().unwrap();
        drop(database);
        match (Store::open_as(&path, identity()).unwrap_err(), expected) {
            (error @ StoreError::Schema { .. }, Some(expected)) => {
                let text = error.to_string();
                let named = format!("schema {expected}, this program reads schema {SCHEMA}");
                assert!(
                    text.contains(&named) && text.contains("empty data folder"),
                    "{text}"
                );
            }
            (StoreError::Corrupt { table: "meta", .. }, None) => {}
            (error, _) => panic!("{error:?}"),
        }
    }
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = Folder::new();
    let path = folder.folder.path().join("weft.redb");
    std::fs::write(&path, "not a database").unwrap();
    assert!(matches!(
        Store::open_as(&path, identity()),
        Err(StoreError::Open { .. })
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"not a database");
}

#[test]
fn one_process_opens_a_store_once() {
    let folder = Folder::new();
    let first = folder.open();
    let path = folder.folder.path().join("weft.redb");
    assert!(matches!(
        Store::open_as(&path, identity()),
        Err(StoreError::Open { .. })
    ));
    let clone = first.clone();
    drop(first);
    assert!(matches!(
        Store::open_as(&path, identity()),
        Err(StoreError::Open { .. })
    ));
    drop(clone);
    folder.open();
}

#[test]
fn a_file_is_waited_for_while_its_last_process_goes() {
    let folder = Folder::new();
    let first = folder.open();
    let path = folder.folder.path().join("weft.redb");
    let (tried, first_try) = std::sync::mpsc::channel();
    let opener = std::thread::spawn(move || {
        assert!(matches!(
            Database::create(&path),
            Err(redb::DatabaseError::DatabaseAlreadyOpen)
        ));
        tried.send(()).unwrap();
        Store::open_as(path, identity())
    });
    first_try.recv().unwrap();
    drop(first);
    opener.join().unwrap().unwrap();
}
