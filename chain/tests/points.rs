//! Keys and signatures that are not points of the subgroup are refused, each by name.

#![allow(clippy::unwrap_used)]

use blst::{BLST_ERROR, min_pk};
use weft_chain::{
    BlobId, Canonical, CertificateBuilder, CertificateError, Height, KeyError, MAX_TOTAL_STAKE,
    ProofOfPossession, PublicKey, SecretKey, Signature, SignatureError, Validator, ValidatorSet,
    ValidatorSetError, availability_message,
};
use weft_test_chain::{TestChain, chain_id, index, key};

const EXPIRY: Height = Height::new(1000);

/// The order of the group, big-endian.
const ORDER: &str = "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";

/// Compressed points with small coordinates, of which all but 1 in the cofactor lie outside the
/// subgroup and about half on no curve at all.
fn small_points<const N: usize>() -> impl Iterator<Item = [u8; N]> {
    (1..=255u8).map(|x| {
        let mut bytes = [0; N];
        bytes[0] = 0x80;
        bytes[N - 1] = x;
        bytes
    })
}

fn g1(outcome: BLST_ERROR) -> [u8; 48] {
    let check = |bytes: &[u8; 48]| min_pk::PublicKey::key_validate(bytes).err() == Some(outcome);
    small_points().find(check).unwrap()
}

fn g2(outcome: BLST_ERROR) -> [u8; 96] {
    let check =
        |bytes: &[u8; 96]| min_pk::Signature::sig_validate(bytes, true).err() == Some(outcome);
    small_points().find(check).unwrap()
}

fn infinity<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    bytes[0] = 0xc0;
    bytes
}

#[test]
fn public_keys_are_points_of_the_subgroup() {
    let off_curve = g1(BLST_ERROR::BLST_POINT_NOT_ON_CURVE);
    assert!(matches!(
        PublicKey::from_bytes(&off_curve),
        Err(KeyError::NotOnCurve { .. })
    ));
    let outside = g1(BLST_ERROR::BLST_POINT_NOT_IN_GROUP);
    assert!(matches!(
        PublicKey::from_bytes(&outside),
        Err(KeyError::NotInSubgroup { .. })
    ));
    assert_eq!(PublicKey::from_bytes(&infinity()), Err(KeyError::Infinity));
    // No flag, all flags, a coordinate that is not below the modulus.
    for bytes in [[0u8; 48], [0xff; 48], [0x9f; 48]] {
        assert!(matches!(
            PublicKey::from_bytes(&bytes),
            Err(KeyError::NotCanonical { .. })
        ));
    }
    // Decoders refuse what the constructor refuses.
    for bytes in [off_curve, outside, infinity()] {
        assert!(borsh::from_slice::<PublicKey>(&bytes).is_err());
        let json = serde_json::to_string(&hex::encode(bytes)).unwrap();
        assert!(serde_json::from_str::<PublicKey>(&json).is_err());
    }
}

#[test]
fn signatures_are_points_of_the_subgroup() {
    let secret = key(0);
    let set = TestChain::new(1).set;
    let blob_id = BlobId::from_bytes([1; 32]);
    let message = availability_message(&chain_id(), &blob_id, &set.root(), EXPIRY);
    let good = secret.sign(&message);
    good.verify(&message, &secret.public_key()).unwrap();

    let verify = |bytes| Signature::from_bytes(bytes).verify(&message, &secret.public_key());
    let possess = |bytes| ProofOfPossession::from_bytes(bytes).verify(&secret.public_key());
    let off_curve = g2(BLST_ERROR::BLST_POINT_NOT_ON_CURVE);
    assert!(matches!(
        verify(off_curve),
        Err(SignatureError::NotOnCurve { .. })
    ));
    assert!(matches!(
        possess(off_curve),
        Err(SignatureError::NotOnCurve { .. })
    ));
    let outside = g2(BLST_ERROR::BLST_POINT_NOT_IN_GROUP);
    assert!(matches!(
        verify(outside),
        Err(SignatureError::NotInSubgroup { .. })
    ));
    assert!(matches!(
        possess(outside),
        Err(SignatureError::NotInSubgroup { .. })
    ));
    assert_eq!(verify(infinity()), Err(SignatureError::Infinity));
    assert_eq!(possess(infinity()), Err(SignatureError::Infinity));
    assert!(matches!(
        verify([0; 96]),
        Err(SignatureError::NotCanonical { .. })
    ));
    assert!(matches!(
        verify(*key(1).sign(&message).as_bytes()),
        Err(SignatureError::Invalid { .. })
    ));

    let mut builder = CertificateBuilder::availability(&chain_id(), blob_id, &set, EXPIRY);
    for bytes in [off_curve, outside, infinity()] {
        let outcome = builder.add(index(0), Signature::from_bytes(bytes));
        assert!(matches!(
            outcome,
            Err(CertificateError::InvalidSigner { .. })
        ));
    }
    builder.add(index(0), good).unwrap();
}

#[test]
fn certificates_with_bad_points_decode_but_do_not_verify() {
    let chain = TestChain::new(4);
    let mut certificate = chain.certified(1, 1, 1).certificate;
    for bytes in [
        g2(BLST_ERROR::BLST_POINT_NOT_ON_CURVE),
        g2(BLST_ERROR::BLST_POINT_NOT_IN_GROUP),
        infinity(),
    ] {
        certificate.signature = Signature::from_bytes(bytes);
        let decoded = weft_chain::AvailabilityCertificate::decode(&certificate.encode()).unwrap();
        assert!(matches!(
            decoded.verify(&chain_id(), &chain.set),
            Err(CertificateError::InvalidAggregate { signers: 4, .. })
        ));
    }
}

#[test]
fn secret_keys_are_below_the_order() {
    let order: [u8; 32] = hex::decode(ORDER).unwrap().try_into().unwrap();
    let below = {
        let mut bytes = order;
        bytes[31] = 0;
        bytes
    };
    for bytes in [[0; 32], order, [0xff; 32]] {
        assert_eq!(
            SecretKey::from_bytes(&bytes).unwrap_err(),
            KeyError::SecretOutOfRange
        );
    }
    assert_eq!(*SecretKey::from_bytes(&below).unwrap().to_bytes(), below);
    assert_eq!(format!("{:?}", key(1)), "SecretKey(redacted)");
}

fn validator(key: &SecretKey, stake: u64) -> Validator {
    Validator {
        public_key: key.public_key(),
        stake,
        proof_of_possession: key.prove_possession(),
    }
}

#[test]
fn sets_take_only_proven_distinct_staked_keys() {
    let (one, two) = (key(1), key(2));
    assert_eq!(
        ValidatorSet::new(Vec::new()),
        Err(ValidatorSetError::SizeOutOfRange { validators: 0 })
    );
    let outcome = ValidatorSet::new(vec![validator(&one, 1), validator(&two, 0)]);
    assert_eq!(outcome, Err(ValidatorSetError::ZeroStake { index: 1 }));
    for (first, second) in [(MAX_TOTAL_STAKE, 1), (1, u64::MAX)] {
        let outcome = ValidatorSet::new(vec![validator(&one, first), validator(&two, second)]);
        assert_eq!(outcome, Err(ValidatorSetError::StakeOverflow { index: 1 }));
    }
    let most = ValidatorSet::new(vec![
        validator(&one, MAX_TOTAL_STAKE - 1),
        validator(&two, 1),
    ]);
    assert_eq!(most.unwrap().total_stake(), MAX_TOTAL_STAKE);
    let outcome = ValidatorSet::new(vec![validator(&one, 1), validator(&one, 2)]);
    assert!(matches!(
        outcome,
        Err(ValidatorSetError::DuplicateKey {
            first: 0,
            second: 1,
            ..
        })
    ));
    let mut borrowed = validator(&two, 1);
    borrowed.proof_of_possession = one.prove_possession();
    let outcome = ValidatorSet::new(vec![validator(&one, 1), borrowed]);
    assert!(matches!(
        outcome,
        Err(ValidatorSetError::ProofOfPossession { index: 1, .. })
    ));
}

/// The attack that proofs of possession are for: a key that cancels another in the aggregate.
#[test]
fn a_rogue_key_cannot_be_registered() {
    let (victim, attacker) = (key(1), key(2));
    let point =
        |key: &SecretKey| min_pk::PublicKey::from_bytes(key.public_key().as_bytes()).unwrap();
    let mut rogue = min_pk::AggregatePublicKey::from_public_key(&point(&attacker));
    rogue.sub_aggregate(&min_pk::AggregatePublicKey::from_public_key(&point(
        &victim,
    )));
    let mut member = validator(&attacker, 100);
    member.public_key = PublicKey::from_bytes(&rogue.to_public_key().to_bytes()).unwrap();
    let outcome = ValidatorSet::new(vec![validator(&victim, 1), member]);
    assert!(matches!(
        outcome,
        Err(ValidatorSetError::ProofOfPossession { index: 1, .. })
    ));
}
