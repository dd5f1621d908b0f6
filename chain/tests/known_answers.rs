//! The formats of `docs/formats.md`, frozen.
//!
//! The answers were computed from that page by another program: hashes and layouts written out by
//! hand in Python, keys and signatures by py_ecc 8.0.0. A test that fails here means a change of
//! format, which takes a new version and not a new answer. The inputs of the answers are spelt out in
//! this file; from the test chain they have the keys, the names and the commitments.

#![allow(clippy::unwrap_used)]

use sha2::{Digest as _, Sha256};
use weft_chain::{
    AvailabilityCertificate, BlobHeader, Block, BlockBody, BlockHeader, Canonical,
    CertificateBuilder, CertifiedBlob, CommitmentsProof, Digest, FinalityCertificate, Height,
    Layout, Namespace, NamespaceProof, SignedHeader, SignedValidatorUpdate, UpdateCertificate,
    ValidatorEntry, ValidatorUpdate, availability_message, finality_message, namespace_proof,
    namespaces_root, update_message,
};
use weft_test_chain::{TestChain, header, index};

const STAKES: [u64; 4] = [1, 2, 3, 4];
const ROUND: u32 = 258;
const EXPIRY: Height = Height::new(1000);
/// All validators but the first.
const SIGNERS: [usize; 3] = [1, 2, 3];

fn the_chain() -> TestChain {
    let mut chain = TestChain::with_stakes(&STAKES).named("weft-test-1");
    chain.genesis.time_ms = 1_700_000_000_000;
    chain.genesis.retention_blocks = 500;
    chain
}

/// The contacts of a validator at this position of its set.
fn locate((position, entry): (usize, &mut ValidatorEntry)) {
    entry.peer_id = format!("peer-{position}");
    entry.addresses = vec![format!("/ip4/127.0.0.1/tcp/{}", 4000 + position)];
}

fn namespace(last: u8) -> Namespace {
    let mut id = [0; 28];
    id[27] = last;
    Namespace::from_id(id)
}

fn blob(namespace: Namespace, rows: u8, seed: u8) -> BlobHeader {
    BlobHeader {
        namespace,
        layout: Layout::Raw,
        byte_len: 131_072 * u64::from(rows),
        columns_root: Digest::from_bytes([seed ^ 0xff; 32]),
        ..header(0, seed, rows.into())
    }
}

fn packed() -> BlobHeader {
    BlobHeader {
        layout: Layout::Packed,
        byte_len: 1000,
        ..blob(namespace(5), 1, 0xb2)
    }
}

fn certify(header: BlobHeader, chain: &TestChain) -> CertifiedBlob {
    chain.certify_by(&header, EXPIRY, &SIGNERS)
}

fn the_block(chain: &TestChain) -> Block {
    let blobs = [
        blob(namespace(2), 2, 0xa1),
        packed(),
        blob(namespace(2), 1, 0xc3),
    ]
    .map(|header| certify(header, chain));
    let body = BlockBody {
        blobs: blobs.into(),
        update: None,
    };
    let (time, next) = (1_700_000_001_000, chain.set.root());
    Block::build(&chain.start(), time, index(0), next, body).unwrap()
}

fn the_update(chain: &TestChain) -> ValidatorUpdate {
    let mut update = chain.unsigned_update(&TestChain::with_stakes(&[5, 6]), 7);
    update.validators.iter_mut().enumerate().for_each(locate);
    let [first, second] = &mut update.validators[..] else {
        panic!("an update with two stakes has two entries");
    };
    first
        .addresses
        .push("/ip4/127.0.0.1/udp/4000/quic-v1".into());
    first.consensus_addresses = vec!["/ip4/127.0.0.1/tcp/4002".into()];
    second.name.clear();
    second.peer_id.clear();
    second.addresses.clear();
    update
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
    let chain = the_chain();
    assert_eq!(borsh_hex(&namespace(2)), NAMESPACE);
    assert_eq!(namespace(2).to_string(), NAMESPACE);
    assert_eq!(borsh_hex(&chain.genesis.chain_id), CHAIN_ID);
    assert_eq!(borsh_hex(&EXPIRY), "e803000000000000");
    assert_eq!(borsh_hex(&index(258)), "0201");
    assert_eq!(borsh_hex(&chain.set.validators()[0]), VALIDATOR);
    assert_eq!(chain.set.root().to_string(), VALIDATOR_SET_ROOT);
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
    let chain = the_chain();
    let (chain_id, root) = (chain.genesis.chain_id, chain.set.root());
    let certified = certify(blob(namespace(2), 2, 0xa1), &chain);
    let message = availability_message(&chain_id, &certified.header.id(), &root, EXPIRY);
    assert_eq!(hex::encode(message.as_bytes()), AVAILABILITY_MESSAGE);
    frozen::<AvailabilityCertificate>(&certified.certificate, AVAILABILITY_CERTIFICATE);
    frozen::<CertifiedBlob>(
        &certified,
        &[BLOB_HEADER, AVAILABILITY_CERTIFICATE].concat(),
    );

    let header = the_block(&chain).header;
    let message = finality_message(&chain_id, &header.hash(), ROUND, &root);
    assert_eq!(hex::encode(message.as_bytes()), FINALITY_MESSAGE);
    let mut builder = CertificateBuilder::finality(&chain_id, header.hash(), ROUND, &chain.set);
    for position in SIGNERS {
        let signature = chain.keys[position].sign(builder.message());
        builder.add(index(position), signature).unwrap();
    }
    let finality = builder.build().unwrap();
    frozen::<FinalityCertificate>(&finality, FINALITY_CERTIFICATE);
    let signed = SignedHeader { header, finality };
    frozen::<SignedHeader>(&signed, &[BLOCK_HEADER, FINALITY_CERTIFICATE].concat());
    signed.verify(&chain_id, &chain.set).unwrap();
}

#[test]
fn blocks() {
    let chain = the_chain();
    assert_eq!(chain.genesis.hash().to_string(), GENESIS_HASH);
    let block = the_block(&chain);
    assert_eq!(block.header.commitments_root.to_string(), COMMITMENTS_ROOT);
    assert_eq!(block.header.namespaces_root.to_string(), NAMESPACES_ROOT);
    assert_eq!(block.header.body_root.to_string(), BODY_ROOT);
    frozen::<BlockHeader>(&block.header, BLOCK_HEADER);
    assert_eq!(block.header.hash().to_string(), HEADER_HASH);
    assert_eq!(
        hex::encode(Sha256::digest(block.body.encode())),
        BODY_DIGEST
    );
    frozen::<BlockBody>(&BlockBody::default(), "0000000000");
    frozen::<Block>(&block, &[BLOCK_HEADER, &block.body.encode_hex()].concat());
}

#[test]
fn updates() {
    let chain = the_chain();
    let update = the_update(&chain);
    frozen::<ValidatorUpdate>(&update, VALIDATOR_UPDATE);
    assert_eq!(update.id().to_string(), UPDATE_ID);
    let next = update.validator_set().unwrap();
    assert_eq!(next.root().to_string(), NEXT_VALIDATOR_SET_ROOT);
    let message = update_message(&chain.genesis.chain_id, &update.id(), &chain.set.root());
    assert_eq!(hex::encode(message.as_bytes()), UPDATE_MESSAGE);
    let signed = chain.sign_update(update, &SIGNERS);
    frozen::<UpdateCertificate>(&signed.certificate, UPDATE_CERTIFICATE);
    frozen::<SignedValidatorUpdate>(&signed, &[VALIDATOR_UPDATE, UPDATE_CERTIFICATE].concat());

    let mut body = BlockBody {
        blobs: Vec::new(),
        update: Some(signed),
    };
    assert_eq!(body.root().to_string(), UPDATE_BODY_ROOT);
    let update = ["0000000001", VALIDATOR_UPDATE, UPDATE_CERTIFICATE].concat();
    frozen::<BlockBody>(&body, &update);
    body.blobs = the_block(&chain).body.blobs;
    assert_eq!(body.root().to_string(), BODY_WITH_UPDATE_ROOT);
    assert_eq!(
        hex::encode(Sha256::digest(body.encode())),
        BODY_WITH_UPDATE_DIGEST
    );
}

#[test]
fn commitments_proofs() {
    let chain = the_chain();
    let block = the_block(&chain);
    let commitments = block.body.commitments();
    let of_blob = CommitmentsProof::of_blob(&commitments, 2..3);
    frozen::<CommitmentsProof>(&of_blob, COMMITMENTS_PROOF);
    let of_blob = of_blob.verify(&block.header, [(2, &commitments[2..3])]);
    of_blob.unwrap();
    let of_namespace = CommitmentsProof::of_namespace(&block.body, &namespace(2)).unwrap();
    frozen::<CommitmentsProof>(&of_namespace, NAMESPACE_COMMITMENTS_PROOF);
    let placed = [(3, &commitments[3..]), (0, &commitments[..2])];
    of_namespace.verify(&block.header, placed).unwrap();
    assert!(CommitmentsProof::of_namespace(&block.body, &namespace(1)).is_none());
}

#[test]
fn namespace_proofs() {
    let chain = the_chain();
    let block = the_block(&chain);
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
const COMMITMENTS_PROOF: &str = "\
    02000000c33bfa912dd110315029a69482acab2d1cef317227c50d26b57ca9a279278287d22b3b3f3e341189a9af\
    d1dfb3816903a65ac279697a0457c5ad4fde6b269e98";
const NAMESPACE_COMMITMENTS_PROOF: &str = "\
    01000000b75656f4e1254100f28c5ecaea3157ad81da8111d59f94dadce125837ee80f3e";
const NAMESPACES_ROOT: &str = "1e412718530d08ed9439257a744ca260f491d7d55332fb5d5a86ac290c2ccdfa";
const EMPTY_NAMESPACES_ROOT: &str =
    "31ed299328a83b4a9116f5e8fcc6ad8fdc8d108a5fe99d474c4a20c65c0514fc";
const BODY_ROOT: &str = "851fda5c5125e2db4213420b875c10156b6a831337ad20a24ec8db40679bd1dd";
const BODY_DIGEST: &str = "9ae69d004f26bf8189bcc89b79e477e982f5ccb754a9ae3ec0ca80eb49b2e01f";
const BLOCK_HEADER: &str = "\
    01776566742d746573742d310000000000000000000000000000000000000000000100000000000000e86be5cf8b\
    010000cc98a8acfc43c978d6fe9dbb10a7609624aafd4891c5352041b62b02d37115b00000cbb60b8b595d8e8e79\
    932ccefe132359129a56ab172710ad4c093f1419128f28cbb60b8b595d8e8e79932ccefe132359129a56ab172710\
    ad4c093f1419128f280400e29f54288e36473a38ec1c51907371126b8d1088944339fa6ba22e39c18e3bf01e4127\
    18530d08ed9439257a744ca260f491d7d55332fb5d5a86ac290c2ccdfa851fda5c5125e2db4213420b875c10156b\
    6a831337ad20a24ec8db40679bd1dd";
const HEADER_HASH: &str = "98ea85b05e9495e01e50a775c123e7a1f09d2731e552a8f85a991e81fa7ca357";
const FINALITY_MESSAGE: &str = "ed9fde9c4189ee1a702b8cab3509b6d447db9181dbef91332f7f5a722e378f14";
const FINALITY_CERTIFICATE: &str = "\
    98ea85b05e9495e01e50a775c123e7a1f09d2731e552a8f85a991e81fa7ca3570201000004000eb43d4d86e841d4\
    cb3955bf7e5ce0711ca9a2879bd0390d388b92e771248d49f9c612994c9323725e4b44e29eede97aa009ee2ff26a\
    0120fd5f13318ea6d90b3d61b2339c637776cec0b872247a4476c482d0255762d1ce15db1706b39b546889";
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
const VALIDATOR_UPDATE: &str = "\
    776566742d746573742d31000000000000000000000000000000000000000000cbb60b8b595d8e8e79932ccefe13\
    2359129a56ab172710ad4c093f1419128f280700000000000000020000000b00000076616c696461746f722d3095\
    a254501b7733239ed3cec4d56737977bd09ede881d8a234560e83e5525017add3b1dcc3eabfb85e12a4131b19c25\
    3b846aa12a4402eb67cb92a497e0716db573c817a4163783153f0ddca475f4870200049d8e9ed35087c786059c1f\
    26fc9d0d39e3098f1bae074c062f84f24353210666bd58c0d9be3ff76ba9dd9ce905c5b602a12e78a04350275faa\
    cce8b7137d050000000000000006000000706565722d3002000000170000002f6970342f3132372e302e302e312f\
    7463702f343030301f0000002f6970342f3132372e302e302e312f7564702f343030302f717569632d7631010000\
    00170000002f6970342f3132372e302e302e312f7463702f3430303200000000ac80a5e08c712d5f08f0306ad743\
    f7d8c215d982489b84a1d6ba805733d94c006e8938f9089a75db3ffa135af33bc69ab1b22261eeb641b36d4f701f\
    7e5635c5dd0ee53102e7ad8c11594be0d785f0bb5d75bd063ec2caa415e953f85e6e18e110d7ae595d18940e6089\
    4bd0a39eb157c1f646ee0f2079d64bd7f4e3c6cbc297e74ce69f3ae4e0728f915f1aac3cdf9b0600000000000000\
    000000000000000000000000";
const UPDATE_ID: &str = "e5a4a1be1f943a00fcb0c4cadbf55a59dbf1aff45199a5cc2c7fa7a102e4e109";
const UPDATE_MESSAGE: &str = "e473c3adbbe70972feb7ec825b4cfb084022b92200dfac4d92097581233d4011";
const UPDATE_CERTIFICATE: &str = "\
    e5a4a1be1f943a00fcb0c4cadbf55a59dbf1aff45199a5cc2c7fa7a102e4e10904000ea94fd3a9a8b06d09dc7d94\
    075f94b1bbdefd36d824b6aa74361cb1976022a5db6442ffb47f5272c6f1b02e179c0cb96700830a41c92e19dff2\
    c1f8e37e2343ac5597b9b166f5491a3de95b0590326cedc04b687e29e44facf4807e924a4d3eef";
const UPDATE_BODY_ROOT: &str = "b24018cda1498004d8899db3ccb32eba80582dadc936f2bbcd1bb4f111d806f4";
const BODY_WITH_UPDATE_ROOT: &str =
    "358278aa963293b01d6516029625024612944a452d1e0ac932093cb38403418b";
const BODY_WITH_UPDATE_DIGEST: &str =
    "ac1c71a903a9025197aeffbc7d3f87e306a206978e8cffc2811a468818042863";
const NEXT_VALIDATOR_SET_ROOT: &str =
    "fe1ffc3c62e19d2bb5ede89ef120dd46d166cdfefb17bb5c286354cf7f035349";
