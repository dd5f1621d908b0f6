//! The formats of `docs/formats.md`, frozen.
//!
//! The answers were computed from that page by another program: hashes and layouts written out by
//! hand in Python, keys and signatures by py_ecc 8.0.0. A test that fails here means a change of
//! format, which takes a new version and not a new answer.

#![allow(clippy::unwrap_used)]

mod fixtures;

use fixtures::{EXPIRY, blob, block, chain_id, genesis, index, namespace, validators};
use sha2::{Digest as _, Sha256};
use weft_chain::{
    AvailabilityCertificate, BlobHeader, Block, BlockBody, BlockHeader, Canonical,
    CertificateBuilder, CertifiedBlob, FinalityCertificate, Layout, NamespaceProof, SecretKey,
    SignedHeader, ValidatorSet, availability_message, finality_message, namespace_proof,
    namespaces_root,
};

const STAKES: [u64; 4] = [1, 2, 3, 4];

fn certify(header: BlobHeader, keys: &[SecretKey], set: &ValidatorSet) -> CertifiedBlob {
    let mut builder = CertificateBuilder::availability(&chain_id(), header.id(), set, EXPIRY);
    for (place, key) in keys.iter().enumerate().skip(1) {
        builder
            .add(index(place), key.sign(builder.message()))
            .unwrap();
    }
    CertifiedBlob {
        header,
        certificate: builder.build().unwrap(),
    }
}

fn packed() -> BlobHeader {
    BlobHeader {
        layout: Layout::Packed,
        byte_len: 1000,
        ..blob(namespace(5), 1, 0xb2)
    }
}

fn the_block(keys: &[SecretKey], set: &ValidatorSet) -> Block {
    let blobs = [
        blob(namespace(2), 2, 0xa1),
        packed(),
        blob(namespace(2), 1, 0xc3),
    ]
    .map(|header| certify(header, keys, set));
    block(set, blobs.into())
}

/// The value has this encoding, and the encoding this value.
fn frozen<T: Canonical + PartialEq + std::fmt::Debug>(value: &T, answer: &str) {
    assert_eq!(value.encode_hex(), answer, "{}", T::NAME);
    assert_eq!(&T::decode_hex(answer).unwrap(), value, "{}", T::NAME);
}

fn borsh_hex(value: &impl borsh::BorshSerialize) -> String {
    hex::encode(borsh::to_vec(value).unwrap())
}

#[test]
fn base_types_and_validators() {
    let (_, set) = validators(&STAKES);
    assert_eq!(borsh_hex(&namespace(2)), NAMESPACE);
    assert_eq!(namespace(2).to_string(), NAMESPACE);
    assert_eq!(borsh_hex(&chain_id()), CHAIN_ID);
    assert_eq!(borsh_hex(&EXPIRY), "e803000000000000");
    assert_eq!(borsh_hex(&index(258)), "0201");
    assert_eq!(borsh_hex(&set.validators()[0]), VALIDATOR);
    assert_eq!(set.root().to_string(), VALIDATOR_SET_ROOT);
}

#[test]
fn blobs() {
    let header = blob(namespace(2), 2, 0xa1);
    frozen::<BlobHeader>(&header, BLOB_HEADER);
    assert_eq!(header.id().to_string(), BLOB_ID);
    frozen::<BlobHeader>(&packed(), PACKED_BLOB_HEADER);
    assert_eq!(packed().id().to_string(), PACKED_BLOB_ID);
}

#[test]
fn certificates() {
    let (keys, set) = validators(&STAKES);
    let certified = certify(blob(namespace(2), 2, 0xa1), &keys, &set);
    let message = availability_message(&chain_id(), &certified.header.id(), &set.root(), EXPIRY);
    assert_eq!(hex::encode(message.as_bytes()), AVAILABILITY_MESSAGE);
    frozen::<AvailabilityCertificate>(&certified.certificate, AVAILABILITY_CERTIFICATE);
    frozen::<CertifiedBlob>(
        &certified,
        &[BLOB_HEADER, AVAILABILITY_CERTIFICATE].concat(),
    );

    let header = the_block(&keys, &set).header;
    let message = finality_message(&chain_id(), &header.hash(), &set.root());
    assert_eq!(hex::encode(message.as_bytes()), FINALITY_MESSAGE);
    let mut builder = CertificateBuilder::finality(&chain_id(), header.hash(), &set);
    for (place, key) in keys.iter().enumerate().skip(1) {
        builder
            .add(index(place), key.sign(builder.message()))
            .unwrap();
    }
    let finality = builder.build().unwrap();
    frozen::<FinalityCertificate>(&finality, FINALITY_CERTIFICATE);
    let signed = SignedHeader { header, finality };
    frozen::<SignedHeader>(&signed, &[BLOCK_HEADER, FINALITY_CERTIFICATE].concat());
    signed.verify(&chain_id(), &set).unwrap();
}

#[test]
fn blocks() {
    let (keys, set) = validators(&STAKES);
    assert_eq!(genesis(&set).hash().to_string(), GENESIS_HASH);
    let block = the_block(&keys, &set);
    assert_eq!(block.header.commitments_root.to_string(), COMMITMENTS_ROOT);
    assert_eq!(block.header.namespaces_root.to_string(), NAMESPACES_ROOT);
    assert_eq!(block.header.body_root.to_string(), BODY_ROOT);
    frozen::<BlockHeader>(&block.header, BLOCK_HEADER);
    assert_eq!(block.header.hash().to_string(), HEADER_HASH);
    assert_eq!(
        hex::encode(Sha256::digest(block.body.encode())),
        BODY_DIGEST
    );
    frozen::<BlockBody>(&BlockBody::default(), "00000000");
    frozen::<Block>(&block, &[BLOCK_HEADER, &block.body.encode_hex()].concat());
}

#[test]
fn namespace_proofs() {
    let (keys, set) = validators(&STAKES);
    let block = the_block(&keys, &set);
    assert_eq!(namespaces_root(&[]).to_string(), EMPTY_NAMESPACES_ROOT);
    for (last, answer, blobs) in [
        (2, PRESENCE_PROOF, 2),
        (3, GAP_PROOF, 0),
        (6, OUTSIDE_PROOF, 0),
        (1, OUTSIDE_PROOF, 0),
    ] {
        let asked = namespace(last);
        frozen::<NamespaceProof>(&namespace_proof(&block.body, &asked).unwrap(), answer);
        let proof = NamespaceProof::decode_hex(answer).unwrap();
        let entries = proof.verify(block.header.namespaces_root, &asked).unwrap();
        assert_eq!(entries.len(), blobs);
    }
}

const NAMESPACE: &str = "0000000000000000000000000000000000000000000000000000000002";
const CHAIN_ID: &str = "776566742d746573742d31000000000000000000000000000000000000000000";
const VALIDATOR: &str = "\
    95a254501b7733239ed3cec4d56737977bd09ede881d8a234560e83e5525017add3b1dcc3eabfb85e12a4131b19c\
    253b0100000000000000846aa12a4402eb67cb92a497e0716db573c817a4163783153f0ddca475f4870200049d8e\
    9ed35087c786059c1f26fc9d0d39e3098f1bae074c062f84f24353210666bd58c0d9be3ff76ba9dd9ce905c5b602\
    a12e78a04350275faacce8b7137d";
const VALIDATOR_SET_ROOT: &str = "cbb60b8b595d8e8e79932ccefe132359129a56ab172710ad4c093f1419128f28";
const BLOB_HEADER: &str = "\
    01000000000000000000000000000000000000000000000000000000000201000004000000000002000000a1a1a1\
    a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100a1\
    a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\
    015e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
const BLOB_ID: &str = "809189068e8630a39b4b53380064a2431a381c9691c925ae27bf53d368be7b83";
const PACKED_BLOB_HEADER: &str = "\
    01000000000000000000000000000000000000000000000000000000000500e80300000000000001000000b2b2b2\
    b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2004d\
    4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d";
const PACKED_BLOB_ID: &str = "b1d878007836a937d125508e374b59f09d01fd35dda8afbf98845de6b34499c9";
const AVAILABILITY_MESSAGE: &str =
    "a0413d6df638121c86efcfdc0e50450b35d6293dd10a4fec56d89790e148eaab";
const AVAILABILITY_CERTIFICATE: &str = "\
    809189068e8630a39b4b53380064a2431a381c9691c925ae27bf53d368be7b83cbb60b8b595d8e8e79932ccefe13\
    2359129a56ab172710ad4c093f1419128f28e80300000000000004000eabf8baeb67ea535851b1af634598716c40\
    03c84647953ab5a053399b8c8e8296ace0e9137fc67b3e935f7b172eded7d106f9d6228161458654931901331953\
    fea33399e9c4967b0a96366962ee53a99aaae2b83b79ab36c072d6f45f706887b2";
const GENESIS_HASH: &str = "cc98a8acfc43c978d6fe9dbb10a7609624aafd4891c5352041b62b02d37115b0";
const COMMITMENTS_ROOT: &str = "e29f54288e36473a38ec1c51907371126b8d1088944339fa6ba22e39c18e3bf0";
const NAMESPACES_ROOT: &str = "1e412718530d08ed9439257a744ca260f491d7d55332fb5d5a86ac290c2ccdfa";
const EMPTY_NAMESPACES_ROOT: &str =
    "31ed299328a83b4a9116f5e8fcc6ad8fdc8d108a5fe99d474c4a20c65c0514fc";
const BODY_ROOT: &str = "851fda5c5125e2db4213420b875c10156b6a831337ad20a24ec8db40679bd1dd";
const BODY_DIGEST: &str = "22b91334d002d8039cf30c2972a1b9cc6c5f182e5ceb8cf95b7a0f7eaba6e88b";
const BLOCK_HEADER: &str = "\
    01776566742d746573742d310000000000000000000000000000000000000000000100000000000000e86be5cf8b\
    010000cc98a8acfc43c978d6fe9dbb10a7609624aafd4891c5352041b62b02d37115b00000cbb60b8b595d8e8e79\
    932ccefe132359129a56ab172710ad4c093f1419128f28cbb60b8b595d8e8e79932ccefe132359129a56ab172710\
    ad4c093f1419128f280400e29f54288e36473a38ec1c51907371126b8d1088944339fa6ba22e39c18e3bf01e4127\
    18530d08ed9439257a744ca260f491d7d55332fb5d5a86ac290c2ccdfa851fda5c5125e2db4213420b875c10156b\
    6a831337ad20a24ec8db40679bd1dd";
const HEADER_HASH: &str = "98ea85b05e9495e01e50a775c123e7a1f09d2731e552a8f85a991e81fa7ca357";
const FINALITY_MESSAGE: &str = "9cf4b4b6397fb6af584f15a48e90c9054f98ed0d4363d4600b27042aeee1f84e";
const FINALITY_CERTIFICATE: &str = "\
    98ea85b05e9495e01e50a775c123e7a1f09d2731e552a8f85a991e81fa7ca35704000e9163b37ce5c45725e1721e\
    270ce3fed538fb7787cdf21119d9a095a9a979cff2b87a992225238ca38be0dfb5d5ec062e0716279fda4cf8a8f5\
    656b61eef8e9d13768314ab98cf5921b11c69aa83a775897f922fa9f1a3582e65be0409bced2fb";
const PRESENCE_PROOF: &str = "\
    00000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000\
    0000000000000000000000051d09244caf613b9afb35a433338fbfb338e3d64ac37c19d73dca361f06be499b0200\
    00020000000000000000000000000000000000000000000000000000000000000002809189068e8630a39b4b5338\
    0064a2431a381c9691c925ae27bf53d368be7b830000020000000000000000000000000000000000000000000000\
    000000000000029aa417d9b904edf657ec52961e7b58bc9e5a014753293415a7821ec85ad2031603000100010000\
    00000000000000000000000000000000000000000000000000000000000500000000000000000000000000000000\
    000000000000000000000000059dad8b75b07907da61218236701d901e35ac0602372f033181d2306675941394";
const GAP_PROOF: &str = "\
    00000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000\
    0000000000000000000000051d09244caf613b9afb35a433338fbfb338e3d64ac37c19d73dca361f06be499b0102\
    00000000000000000000000000000000000000000000000000000000000500000000000000000000000000000000\
    000000000000000000000000059dad8b75b07907da61218236701d901e35ac0602372f033181d230667594139401\
    00000000000000000000000000000000000000000000000000000000000000020000000000000000000000000000\
    000000000000000000000000000002de14da09ee60524d2083cb637cb78ec7554a27088be744a64c15e178f73d39\
    f9";
const OUTSIDE_PROOF: &str = "\
    00000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000\
    0000000000000000000000051d09244caf613b9afb35a433338fbfb338e3d64ac37c19d73dca361f06be499b00";
