//! A namespace's list is proven complete or empty, for every shape of tree, and no proof that
//! leaves something out, or is malformed, passes or panics.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use nmt_rs::simple_merkle::error::RangeProofError;
use proptest::prelude::*;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{
    BlobEntry, BlobId, BlockBody, Canonical, CertifiedBlob, Digest, Fault, Namespace,
    NamespaceProof, NamespaceProofError, namespace_proof, namespaces_root,
};
use weft_test_chain::{header, numbered_namespace as namespace, unsigned_certificate};

/// A body whose blobs are of these namespaces, in this order. The certificates have no signatures: the
/// tree does not look at them.
fn body(namespaces: &[u8]) -> BlockBody {
    body_of(namespaces, |seed| 1 + seed % 2)
}

fn body_of(namespaces: &[u8], rows: fn(u8) -> u8) -> BlockBody {
    let blobs = namespaces.iter().zip(0..=255).map(|(&number, seed)| {
        let header = header(number, seed, rows(seed).into());
        CertifiedBlob {
            certificate: unsigned_certificate(&header),
            header,
        }
    });
    BlockBody {
        blobs: blobs.collect(),
        update: None,
    }
}

fn root(body: &BlockBody) -> Digest {
    namespaces_root(&body.entries().unwrap())
}

fn expected(body: &BlockBody, namespace: &Namespace) -> Vec<BlobEntry> {
    let mut entries = body.entries().unwrap();
    entries.retain(|entry| entry.namespace == *namespace);
    entries.sort_unstable();
    entries
}

/// Every namespace from below the least to above the greatest gets a proof that verifies, decodes
/// and gives the whole list; and verifies for no other namespace that has another list.
fn check_all(body: &BlockBody) {
    let root = root(body);
    for last in 0..=255 {
        let asked = namespace(last);
        let list = expected(body, &asked);
        let proof = namespace_proof(body, &asked).unwrap();
        assert_eq!(
            proof.verify(root, &asked).unwrap(),
            list,
            "namespace {last}"
        );
        let decoded = NamespaceProof::decode(&proof.encode()).unwrap();
        assert_eq!(decoded, proof);
        for other in [last.wrapping_add(1), last.wrapping_sub(1)] {
            let other = namespace(other);
            if let Ok(entries) = proof.verify(root, &other) {
                assert_eq!(entries, expected(body, &other));
            }
        }
        assert!(matches!(
            proof.verify(Digest::ZERO, &asked),
            Err(NamespaceProofError::WrongRoot { .. })
        ));
    }
}

#[test]
fn every_shape_of_tree_proves_presence_and_absence() {
    check_all(&body(&[]));
    for blobs in 1..=9 {
        check_all(&body(&vec![4; blobs]));
        let apart: Vec<u8> = (0..).map(|i| 10 + 3 * i).take(blobs).collect();
        check_all(&body(&apart));
        let pairs: Vec<u8> = (0..).map(|i| 10 + i / 2 * 5).take(blobs).collect();
        check_all(&body(&pairs));
    }
}

#[test]
fn a_full_block_has_proofs_within_the_limits() {
    let namespaces: Vec<u8> = (0..=255).map(|i| i / 3 * 2).collect();
    let full = body_of(&namespaces, |_| 1);
    assert_eq!(full.blobs.len(), 256);
    check_all(&full);
}

#[test]
fn the_root_does_not_depend_on_the_body_s_order_but_on_every_entry() {
    let entries = body(&[9, 3, 3, 7]).entries().unwrap();
    let mut shuffled = entries.clone();
    shuffled.reverse();
    assert_eq!(namespaces_root(&entries), namespaces_root(&shuffled));
    for place in 0..entries.len() {
        let changes: [fn(&mut BlobEntry); 4] = [
            |entry| entry.rows += 1,
            |entry| entry.first_row += 1,
            |entry| entry.blob_id = BlobId::from_bytes([0; 32]),
            |entry| entry.namespace = namespace(200),
        ];
        for change in changes {
            let mut changed = entries.clone();
            change(&mut changed[place]);
            assert_ne!(namespaces_root(&changed), namespaces_root(&entries));
        }
    }
    assert_ne!(namespaces_root(&entries[1..]), namespaces_root(&entries));
}

/// The encodings of a vector's items.
type Items = Vec<Vec<u8>>;

/// The encoding of a proof of presence: root (90), kind (1), start (2), entries, siblings.
fn parts(encoded: &[u8]) -> (Vec<u8>, u16, Items, Items) {
    let list = |at: usize, size: usize| {
        let count = u32::from_le_bytes(encoded[at..at + 4].try_into().unwrap()) as usize;
        let items = encoded[at + 4..at + 4 + count * size]
            .chunks(size)
            .map(<[u8]>::to_vec);
        (items.collect::<Vec<_>>(), at + 4 + count * size)
    };
    assert_eq!(encoded[90], 2);
    let start = u16::from_le_bytes(encoded[91..93].try_into().unwrap());
    let (entries, end) = list(93, 65);
    let (siblings, end) = list(end, 90);
    assert_eq!(end, encoded.len());
    (encoded[..90].to_vec(), start, entries, siblings)
}

fn assemble(root: &[u8], start: u16, entries: &[Vec<u8>], siblings: &[Vec<u8>]) -> NamespaceProof {
    let mut bytes = root.to_vec();
    bytes.push(2);
    bytes.extend_from_slice(&start.to_le_bytes());
    for list in [entries, siblings] {
        bytes.extend_from_slice(&u32::try_from(list.len()).unwrap().to_le_bytes());
        bytes.extend(list.iter().flatten());
    }
    NamespaceProof::decode(&bytes).unwrap()
}

#[test]
fn a_proof_that_leaves_out_a_blob_is_refused() {
    let body = body(&[1, 5, 5, 5, 9]);
    let (root_digest, asked) = (root(&body), namespace(5));
    let proof = namespace_proof(&body, &asked).unwrap();
    let (root, start, entries, siblings) = parts(&proof.encode());
    assert_eq!((start, entries.len()), (1, 3));
    // Leaf 3 becomes a sibling: the node is right, so the tree's root is met, but its namespace
    // gives the omission away.
    let leaf = {
        let mut hasher_input = vec![0u8];
        hasher_input.extend_from_slice(&entries[2]);
        use sha2::{Digest as _, Sha256};
        let hash = Sha256::digest(&hasher_input);
        [asked.as_bytes().as_slice(), asked.as_bytes(), &hash].concat()
    };
    let with_leaf = [&siblings[..1], &[leaf], &siblings[1..]].concat();
    let omitted = assemble(&root, start, &entries[..2], &with_leaf);
    let error = omitted.verify(root_digest, &asked).unwrap_err();
    assert_eq!(
        error,
        NamespaceProofError::Refused(RangeProofError::MissingLeaf)
    );
    assert_eq!(error.fault(), Fault::Peer);
    // Without the sibling the root is not met.
    assert!(
        assemble(&root, start, &entries[..2], &siblings)
            .verify(root_digest, &asked)
            .is_err()
    );
}

#[test]
fn absence_of_a_namespace_that_is_there_cannot_be_shown() {
    let body = body(&[1, 5, 9, 12, 20]);
    let root = root(&body);
    for present in [1, 5, 9, 12, 20] {
        for absent in [0, 3, 6, 10, 15, 30] {
            let proof = namespace_proof(&body, &namespace(absent)).unwrap();
            assert!(
                proof.verify(root, &namespace(present)).is_err(),
                "{absent} for {present}"
            );
        }
    }
    let outside = namespace_proof(&body, &namespace(0)).unwrap();
    assert!(matches!(
        outside.verify(root, &namespace(3)),
        Err(NamespaceProofError::WithinRange { .. })
    ));
}

#[test]
fn entries_are_of_the_namespace_in_order_and_within_a_block() {
    let body = body(&[5, 5]);
    let (root_digest, asked) = (root(&body), namespace(5));
    let (root, start, entries, siblings) = parts(&namespace_proof(&body, &asked).unwrap().encode());
    let verify = |entries: &[Vec<u8>]| {
        assemble(&root, start, entries, &siblings).verify(root_digest, &asked)
    };
    verify(&entries).unwrap();
    let swapped = [entries[1].clone(), entries[0].clone()];
    assert!(matches!(
        verify(&swapped),
        Err(NamespaceProofError::UnorderedEntries { position: 1 })
    ));
    let edit = |at: usize, value: u8| {
        let mut entries = entries.clone();
        entries[1][at] = value;
        verify(&entries)
    };
    assert!(matches!(
        edit(28, 6),
        Err(NamespaceProofError::WrongNamespace { position: 1, .. })
    ));
    assert!(matches!(
        edit(63, 0),
        Err(NamespaceProofError::RowsOutOfRange { position: 1, .. })
    ));
    assert!(matches!(
        edit(62, 1),
        Err(NamespaceProofError::RowsOutOfRange { position: 1, .. })
    ));
    assert!(matches!(edit(61, 9), Err(NamespaceProofError::Refused(_))));
}

#[test]
fn bodies_too_large_for_a_tree_have_no_proof() {
    let mut body = body(&[1]);
    body.blobs[0].header.commitments = vec![body.blobs[0].header.commitments[0]; 70_000];
    assert!(namespace_proof(&body, &namespace(1)).is_err());
}

/// What the tree library panics on, when a proof comes from a stranger.
#[test]
fn too_few_and_unordered_nodes_are_refused() {
    let body = body(&[1, 5, 9, 12, 20]);
    let (root_digest, asked) = (root(&body), namespace(12));
    let (root, start, entries, siblings) = parts(&namespace_proof(&body, &asked).unwrap().encode());
    assert_eq!((start, siblings.len()), (3, 3));
    let verify = |start, siblings: &[Vec<u8>]| {
        assemble(&root, start, &entries, siblings)
            .verify(root_digest, &asked)
            .unwrap_err()
    };
    let too_few = NamespaceProofError::TooFewNodes {
        nodes: 1,
        start: 3,
        needed: 2,
    };
    assert_eq!(verify(3, &siblings[..1]), too_few);
    let swapped = [
        siblings[1].clone(),
        siblings[0].clone(),
        siblings[2].clone(),
    ];
    assert_eq!(
        verify(3, &swapped),
        NamespaceProofError::UnorderedNodes { position: 1 }
    );
    let from_the_right = [
        siblings[0].clone(),
        siblings[2].clone(),
        siblings[2].clone(),
    ];
    assert_eq!(
        verify(3, &from_the_right),
        NamespaceProofError::UnorderedNodes { position: 2 }
    );
    // As many as a wrong place needs, in order: then the root is not met.
    assert!(matches!(
        verify(1, &siblings),
        NamespaceProofError::UnorderedNodes { .. }
    ));
    assert!(matches!(
        verify(5, &siblings),
        NamespaceProofError::Refused(_)
    ));
}

/// Many ways to be malformed: none may panic, and whatever verifies is the truth.
#[test]
fn mutated_proofs_never_panic_and_never_lie() {
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let body = body(&[1, 5, 5, 5, 9, 9, 20, 21, 21, 40, 41]);
    let root = root(&body);
    let proofs: Vec<Vec<u8>> = (0..45)
        .map(|last| namespace_proof(&body, &namespace(last)).unwrap().encode())
        .collect();
    let mut decoded = 0;
    for _ in 0..20_000 {
        let mut bytes = proofs.choose(&mut rng).unwrap().clone();
        match rng.random_range(0..4) {
            // The place in the tree, and anything behind the root.
            0 if bytes.len() > 93 => bytes[91] = rng.random_range(0..16),
            1 if bytes.len() > 93 => {
                let at = rng.random_range(90..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
            // Nodes that change places.
            2 if bytes.len() > 93 + 180 => {
                let mut nodes: Vec<Vec<u8>> = bytes[bytes.len() - 180..]
                    .chunks(90)
                    .map(<[u8]>::to_vec)
                    .collect();
                nodes.shuffle(&mut rng);
                bytes.truncate(bytes.len() - 180);
                bytes.extend(nodes.iter().flatten());
            }
            _ => {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
        }
        let Ok(proof) = NamespaceProof::decode(&bytes) else {
            continue;
        };
        decoded += 1;
        let asked = namespace(rng.random_range(0..45));
        if let Ok(entries) = proof.verify(root, &asked) {
            assert_eq!(entries, expected(&body, &asked), "seed {seed}");
        }
    }
    assert!(
        decoded > 1000,
        "the mutations reach the verifier: {decoded}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_body_proves_any_namespace(namespaces in prop::collection::vec(0u8..40, 0..40)) {
        let body = body(&namespaces);
        let root = root(&body);
        let present: BTreeSet<u8> = namespaces.iter().copied().collect();
        for last in 0..41 {
            let asked = namespace(last);
            let entries = namespace_proof(&body, &asked).unwrap().verify(root, &asked).unwrap();
            prop_assert_eq!(entries.is_empty(), !present.contains(&last));
            prop_assert_eq!(entries, expected(&body, &asked));
        }
    }
}
