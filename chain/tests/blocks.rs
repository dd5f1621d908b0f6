//! Headers follow from bodies, and blocks from blocks.

#![allow(clippy::unwrap_used)]

use weft_chain::{
    BlobHeaderError, BlobHeadersError, Block, BlockBody, BlockError, BlockHeader, Canonical,
    CertifiedBlobError, Digest, Genesis, GenesisError, HeaderError, HeaderHash, Height, Layout,
    ValidatorEntryError, ValidatorSetError, commitments_root, verify_blob_headers,
};
use weft_encoding::PACKED_BYTES_PER_ROW;
use weft_test_chain::{
    TestChain, chain_id, header, index, namespace, unsigned_blob, unsigned_block,
};

#[test]
fn a_built_block_follows_from_its_body_and_its_parent() {
    let chain = TestChain::new(4);
    let blobs: Vec<_> = [(3, 2, 1), (1, 4, 2), (3, 1, 3)]
        .map(|(ns, rows, seed)| chain.certified(ns, seed, rows))
        .into();
    let ids: Vec<_> = blobs.iter().map(|blob| blob.header.id()).collect();
    let first = unsigned_block(&chain.start(), blobs);
    first.verify_derivation().unwrap();
    first.header.verify_follows(&chain.start()).unwrap();
    first
        .body
        .verify_certificates(&chain_id(), |root| {
            (*root == chain.set.root()).then_some(&chain.set)
        })
        .unwrap();
    assert_eq!(first.header.height, Height::FIRST);
    assert_eq!(first.header.rows, 7);
    assert_eq!(first.body.first_row_of(&ids[0]), Some(0));
    assert_eq!(first.body.first_row_of(&ids[1]), Some(2));
    assert_eq!(first.body.first_row_of(&ids[2]), Some(6));
    assert_eq!(first.body.first_row_of(&header(1, 77, 1).id()), None);
    let headers: Vec<_> = first.body.blobs.iter().map(|b| b.header.clone()).collect();
    assert_eq!(
        verify_blob_headers(&first.header, &headers).unwrap(),
        first.body.commitments()
    );

    // An empty block after it, by a proposer whose clock is behind.
    let next = first.header.as_parent();
    let second = Block::build(&next, 5, index(1), chain.set.root(), BlockBody::default()).unwrap();
    second.verify_derivation().unwrap();
    second.header.verify_follows(&next).unwrap();
    assert_eq!(second.header.time, first.header.time);
    assert_eq!(second.header.height, Height::new(2));
}

#[test]
fn a_header_is_empty_in_all_its_fields_or_in_none() {
    let chain = TestChain::new(4);
    let full = unsigned_block(&chain.start(), vec![chain.certified(1, 1, 2)]);
    let empty = unsigned_block(&chain.start(), Vec::new());
    full.header.validate().unwrap();
    empty.header.validate().unwrap();
    for (of, other) in [(&full.header, &empty.header), (&empty.header, &full.header)] {
        let edits: [fn(&mut BlockHeader, &BlockHeader); 3] = [
            |header, other| header.rows = other.rows,
            |header, other| header.commitments_root = other.commitments_root,
            |header, other| header.namespaces_root = other.namespaces_root,
        ];
        for edit in edits {
            let mut header = of.clone();
            edit(&mut header, other);
            let error = header.validate().unwrap_err();
            assert!(matches!(error, HeaderError::HalfEmpty { .. }), "{error}");
            BlockHeader::decode(&header.encode()).unwrap_err();
        }
    }
    let mut bodiless = full.header;
    bodiless.body_root = empty.header.body_root;
    let error = bodiless.validate().unwrap_err();
    let of_body = matches!(error, HeaderError::HalfEmpty { field: "body", .. });
    assert!(of_body, "{error}");
    BlockHeader::decode(&bodiless.encode()).unwrap_err();
}

#[test]
fn a_matrix_is_that_of_the_listed_blobs_or_no_blob_headers_show_it() {
    let chain = TestChain::new(4);
    let certified = [chain.certified(3, 1, 2), chain.certified(1, 2, 4)];
    let blobs = certified.clone().map(|blob| blob.header);
    let other = chain.certified(3, 9, 2);
    let header_of = |blob| unsigned_block(&chain.start(), vec![blob]).header;
    let mut forged = header_of(certified[0].clone());
    let header = unsigned_block(&chain.start(), certified.into()).header;
    verify_blob_headers(&header, &blobs).unwrap();
    let [first, second] = blobs.clone();
    for wrong in [
        vec![second.clone(), first.clone()],
        vec![first.clone()],
        vec![first.clone(), second.clone(), second.clone()],
        vec![other.header.clone(), second.clone()],
    ] {
        let error = verify_blob_headers(&header, &wrong).unwrap_err();
        assert!(!error.proves_false_header(), "{error}");
    }
    // A dishonest quorum signs the rows of one list of blobs beside the names of another.
    forged.namespaces_root = header_of(other.clone()).namespaces_root;
    let error = verify_blob_headers(&forged, std::slice::from_ref(&first)).unwrap_err();
    let other_blobs = matches!(error, BlobHeadersError::OtherBlobs { .. });
    assert!(other_blobs && !error.proves_false_header(), "{error}");
    let error = verify_blob_headers(&forged, std::slice::from_ref(&other.header)).unwrap_err();
    let false_root = matches!(error, BlobHeadersError::FalseCommitments { .. });
    assert!(false_root && error.proves_false_header(), "{error}");
    // Only the first rows, so that the last are never sampled.
    let mut shortened = header;
    shortened.rows = 2;
    shortened.commitments_root = commitments_root(&first.commitments);
    let error = verify_blob_headers(&shortened, &[first, second]).unwrap_err();
    let (found, expected) = (2, 6);
    assert_eq!(error, BlobHeadersError::FalseRows { found, expected });
    assert!(error.proves_false_header());
}

#[test]
fn a_header_that_does_not_follow_from_the_body_is_refused() {
    let chain = TestChain::new(4);
    let good = unsigned_block(&chain.start(), vec![chain.certified(1, 1, 2)]);
    let wrong = |edit: fn(&mut Block)| {
        let mut block = good.clone();
        edit(&mut block);
        block.verify_derivation().unwrap_err()
    };
    assert!(matches!(
        wrong(|b| b.header.rows = 3),
        BlockError::WrongRows {
            expected: 2,
            actual: 3
        }
    ));
    let root = |edit| match wrong(edit) {
        BlockError::WrongRoot { field, .. } => field,
        other => panic!("{other}"),
    };
    assert_eq!(
        root(|b| b.header.commitments_root = Digest::ZERO),
        "commitments"
    );
    assert_eq!(
        root(|b| b.header.namespaces_root = Digest::ZERO),
        "namespaces"
    );
    assert_eq!(root(|b| b.header.body_root = Digest::ZERO), "body");
    // Another certificate of the same blob changes the body and nothing else.
    assert_eq!(
        root(|b| b.body.blobs[0].certificate.expiry = Height::new(99)),
        "body"
    );
    assert_eq!(
        wrong(|b| b.header.version = 2),
        BlockError::Header(HeaderError::UnknownVersion { version: 2 })
    );
}

#[test]
fn bodies_keep_their_rules() {
    let chain = TestChain::new(4);
    let certified = |rows, seed| chain.certified(1, seed, rows);
    let refuse = |blobs| {
        Block::build(
            &chain.start(),
            0,
            index(0),
            chain.set.root(),
            BlockBody {
                blobs,
                update: None,
            },
        )
        .unwrap_err()
    };
    assert!(matches!(
        refuse(vec![certified(1, 1), certified(1, 2), certified(1, 1)]),
        BlockError::DuplicateBlob {
            first: 0,
            second: 2,
            ..
        }
    ));
    let five_full = (1..=5).map(|seed| certified(64, seed)).collect();
    assert_eq!(refuse(five_full), BlockError::TooManyRows { rows: 320 });

    let mut swapped = certified(1, 1);
    swapped.certificate = certified(1, 2).certificate;
    assert!(matches!(
        refuse(vec![swapped.clone()]),
        BlockError::Blob {
            position: 0,
            source: CertifiedBlobError::WrongBlob { .. }
        }
    ));
    assert!(swapped.verify(&chain_id(), &chain.set).is_err());
    let mut misshapen = certified(2, 3);
    misshapen.header.byte_len = PACKED_BYTES_PER_ROW as u64;
    assert!(matches!(
        refuse(vec![misshapen]),
        BlockError::Blob {
            source: CertifiedBlobError::Header(BlobHeaderError::WrongRowCount {
                rows: 2,
                expected: 1,
                ..
            }),
            ..
        }
    ));
}

#[test]
fn a_body_s_certificates_need_a_known_set_and_their_own_chain() {
    let chain = TestChain::new(4);
    let body = BlockBody {
        blobs: vec![chain.certified(1, 1, 1)],
        update: None,
    };
    assert!(matches!(
        body.verify_certificates(&chain_id(), |_| None),
        Err(BlockError::UnknownValidatorSet { position: 0, .. })
    ));
    assert!(matches!(
        body.verify_certificates(&"elsewhere".parse().unwrap(), |_| Some(&chain.set)),
        Err(BlockError::Certificate(error)) if error.position == 0
    ));
}

#[test]
fn headers_out_of_line_are_refused() {
    let after = TestChain::new(4).start();
    let other_set = TestChain::with_stakes(&[1, 1, 2]).set;
    let header = unsigned_block(&after, Vec::new()).header;
    let refuse = |edit: &dyn Fn(&mut weft_chain::BlockHeader)| {
        let mut header = header.clone();
        edit(&mut header);
        header.verify_follows(&after).unwrap_err()
    };
    assert!(matches!(
        refuse(&|h| h.chain_id = "other".parse().unwrap()),
        HeaderError::WrongChain { .. }
    ));
    assert!(matches!(
        refuse(&|h| h.height = Height::new(2)),
        HeaderError::WrongHeight { .. }
    ));
    assert!(matches!(
        refuse(&|h| h.height = Height::GENESIS),
        HeaderError::WrongHeight { .. }
    ));
    assert!(matches!(
        refuse(&|h| h.parent = HeaderHash::from_bytes([1; 32])),
        HeaderError::WrongParent { .. }
    ));
    assert!(matches!(
        refuse(&|h| h.time = after.time - 1),
        HeaderError::TimeBeforeParent { .. }
    ));
    assert!(matches!(
        refuse(&|h| h.validator_set_root = other_set.root()),
        HeaderError::WrongValidatorSet { .. }
    ));
    assert!(matches!(
        refuse(&|h| h.rows = 257),
        HeaderError::TooManyRows { rows: 257 }
    ));
}

#[test]
fn blob_headers_name_what_is_wrong() {
    let good = unsigned_blob(namespace("raw"), 1, 2).header;
    good.validate().unwrap();
    let refuse = |edit: fn(&mut weft_chain::BlobHeader)| {
        let mut header = good.clone();
        edit(&mut header);
        assert_ne!(header.id(), good.id());
        header.validate().unwrap_err()
    };
    assert_eq!(
        refuse(|h| h.version = 0),
        BlobHeaderError::UnknownVersion { version: 0 }
    );
    assert_eq!(
        refuse(|h| h.commitments.clear()),
        BlobHeaderError::RowsOutOfRange { rows: 0 }
    );
    assert!(matches!(
        refuse(|h| h.commitments = vec![h.commitments[0]; 65]),
        BlobHeaderError::RowsOutOfRange { rows: 65 }
    ));
    assert!(matches!(
        refuse(|h| h.byte_len += 1),
        BlobHeaderError::ByteLen(_)
    ));
    assert!(matches!(
        refuse(|h| h.byte_len = u64::MAX),
        BlobHeaderError::ByteLen(_)
    ));
    assert!(matches!(
        refuse(|h| {
            h.layout = Layout::Packed;
            h.byte_len = 126_976 * 2 + 1;
        }),
        BlobHeaderError::WrongRowCount {
            rows: 2,
            expected: 3,
            ..
        }
    ));
}

#[test]
fn the_genesis_binds_what_consensus_needs_and_no_more() {
    let TestChain {
        genesis: mut good,
        set,
        ..
    } = TestChain::with_stakes(&[1, 2, 3]);
    good.validators[0].addresses = vec!["/ip4/127.0.0.1/tcp/4000".into()];
    assert_eq!(good.validator_set().unwrap(), set);
    let json = serde_json::to_string_pretty(&good).unwrap();
    assert_eq!(serde_json::from_str::<Genesis>(&json).unwrap(), good);

    let hash = |edit: fn(&mut Genesis)| {
        let mut genesis = good.clone();
        edit(&mut genesis);
        genesis.hash()
    };
    assert_eq!(hash(|g| g.validators[0].addresses.clear()), good.hash());
    assert_eq!(hash(|g| g.validators[0].name.clear()), good.hash());
    assert_eq!(hash(|g| g.validators[0].peer_id.clear()), good.hash());
    let engine = hash(|g| {
        g.validators[0]
            .consensus_addresses
            .push("/ip4/127.0.0.1".into())
    });
    assert_eq!(engine, good.hash());
    // Files from before there were such addresses are read.
    assert!(!json.contains("consensus_addresses"));
    for other in [
        hash(|g| g.chain_id = "other".parse().unwrap()),
        hash(|g| g.time_ms += 1),
        hash(|g| g.retention_blocks += 1),
        hash(|g| g.max_block_rows -= 1),
        hash(|g| g.validators[0].stake += 1),
        hash(|g| g.validators.swap(0, 1)),
    ] {
        assert_ne!(other, good.hash());
    }

    let refuse = |edit: fn(&mut Genesis)| {
        let mut genesis = good.clone();
        edit(&mut genesis);
        genesis.validator_set().unwrap_err()
    };
    assert_eq!(
        refuse(|g| g.retention_blocks = 0),
        GenesisError::NoRetention
    );
    assert_eq!(
        refuse(|g| g.max_block_rows = 257),
        GenesisError::BlockRowsOutOfRange { rows: 257 }
    );
    assert_eq!(
        refuse(|g| g.validators.clear()),
        GenesisError::Validators(ValidatorSetError::SizeOutOfRange { validators: 0 })
    );
    assert!(matches!(
        refuse(|g| g.validators[2].name = "n".repeat(65)),
        GenesisError::Entry {
            index: 2,
            source: ValidatorEntryError::TooLong {
                len: 65,
                max: 64,
                ..
            }
        }
    ));
    let unknown_field = json.replacen("\"time_ms\"", "\"tim\": 1, \"time_ms\"", 1);
    assert!(serde_json::from_str::<Genesis>(&unknown_field).is_err());
}
