//! Certificates: what a quorum signed verifies, and nothing else does.

#![allow(clippy::unwrap_used)]

mod fixtures;

use blst::min_pk;
use fixtures::{EXPIRY, blob, block, certify, chain_id, index, namespace, sign, validators};
use weft_chain::{
    AvailabilityCertificate, BlobId, CertificateBuilder, CertificateError, ChainId, Digest, Fault,
    FinalityCertificate, HeaderError, Height, MAX_TOTAL_STAKE, SecretKey, Signature,
    SignatureError, SignerBitmap, SignersError, ValidatorSet, availability_message,
    finality_message, update_message,
};

const BLOB: BlobId = BlobId::from_bytes([7; 32]);

fn certificate(keys: &[SecretKey], set: &ValidatorSet, who: &[usize]) -> AvailabilityCertificate {
    let mut builder = CertificateBuilder::availability(&chain_id(), BLOB, set, EXPIRY);
    for &place in who {
        builder
            .add(index(place), keys[place].sign(builder.message()))
            .unwrap();
    }
    builder.build().unwrap()
}

fn sum(signatures: &[Signature]) -> Signature {
    let points: Vec<_> = signatures
        .iter()
        .map(|signature| min_pk::Signature::from_bytes(signature.as_bytes()).unwrap())
        .collect();
    let points: Vec<_> = points.iter().collect();
    let sum = min_pk::AggregateSignature::aggregate(&points, false).unwrap();
    Signature::from_bytes(sum.to_signature().to_bytes())
}

#[test]
fn a_quorum_s_certificate_verifies() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    for who in [&[0, 1, 2][..], &[3, 1, 0], &[0, 1, 2, 3]] {
        let certificate = certificate(&keys, &set, who);
        certificate.verify(&chain_id(), &set).unwrap();
        assert_eq!(certificate.signers.count(), who.len());
    }
}

#[test]
fn two_thirds_exactly_are_not_enough() {
    let (keys, set) = validators(&[2, 2, 2]);
    let mut builder = CertificateBuilder::availability(&chain_id(), BLOB, &set, EXPIRY);
    for (place, key) in keys.iter().enumerate().take(2) {
        builder
            .add(index(place), key.sign(builder.message()))
            .unwrap();
    }
    let too_little = CertificateError::NotEnoughStake {
        signed: 4,
        total: 6,
    };
    assert!(!builder.has_quorum());
    assert_eq!(builder.build(), Err(too_little.clone()));
    // The same signatures put together by hand.
    let full = certificate(&keys, &set, &[0, 1, 2]);
    let mut signers = SignerBitmap::new(3).unwrap();
    signers.insert(index(0)).unwrap();
    signers.insert(index(1)).unwrap();
    let message = availability_message(&chain_id(), &BLOB, &set.root(), EXPIRY);
    let signature = sum(&[keys[0].sign(&message), keys[1].sign(&message)]);
    let forged = AvailabilityCertificate {
        signers,
        signature,
        ..full
    };
    assert_eq!(forged.verify(&chain_id(), &set), Err(too_little));
}

#[test]
fn the_quorum_is_counted_in_stake_without_overflow() {
    let half = MAX_TOTAL_STAKE / 2;
    let (keys, set) = validators(&[half, half, 1]);
    assert!(set.has_quorum(half + half));
    assert!(!set.has_quorum(half + 1));
    assert!(!set.has_quorum(0));
    certificate(&keys, &set, &[0, 1])
        .verify(&chain_id(), &set)
        .unwrap();
}

#[test]
fn a_duplicate_signer_is_refused() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let mut builder = CertificateBuilder::availability(&chain_id(), BLOB, &set, EXPIRY);
    let signature = keys[1].sign(builder.message());
    builder.add(index(1), signature).unwrap();
    let duplicate = SignersError::DuplicateSigner { index: index(1) };
    assert_eq!(builder.add(index(1), signature), Err(duplicate.into()));
    assert_eq!(builder.stake(), 1);
    // One signature counted twice in the aggregate, under the bits of two validators.
    let full = certificate(&keys, &set, &[0, 1, 2]);
    let message = availability_message(&chain_id(), &BLOB, &set.root(), EXPIRY);
    let signature = sum(&[
        keys[0].sign(&message),
        keys[1].sign(&message),
        keys[1].sign(&message),
    ]);
    let forged = AvailabilityCertificate { signature, ..full };
    assert!(matches!(
        forged.verify(&chain_id(), &set),
        Err(CertificateError::InvalidAggregate { signers: 3, .. })
    ));
}

#[test]
fn another_chain_blob_expiry_or_signer_is_refused() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let good = certificate(&keys, &set, &[0, 1, 2]);
    let other_chain: ChainId = "weft-test-2".parse().unwrap();
    let invalid = |outcome: Result<(), CertificateError>| {
        let error = outcome.unwrap_err();
        assert_eq!(error.fault(), Fault::Peer);
        assert!(matches!(
            error,
            CertificateError::InvalidAggregate {
                source: SignatureError::Invalid { .. },
                ..
            }
        ));
    };
    invalid(good.verify(&other_chain, &set));
    let change = |edit: fn(&mut AvailabilityCertificate)| {
        let mut certificate = good.clone();
        edit(&mut certificate);
        certificate.verify(&chain_id(), &set)
    };
    invalid(change(|c| c.blob_id = BlobId::from_bytes([8; 32])));
    invalid(change(|c| c.expiry = Height::new(1001)));
    invalid(change(|c| c.signers.insert(index(3)).unwrap()));
    // A builder for one chain takes no signature made for another.
    let mut builder = CertificateBuilder::availability(&other_chain, BLOB, &set, EXPIRY);
    let message = availability_message(&chain_id(), &BLOB, &set.root(), EXPIRY);
    assert!(matches!(
        builder.add(index(0), keys[0].sign(&message)),
        Err(CertificateError::InvalidSigner {
            source: SignatureError::Invalid { .. },
            ..
        })
    ));
    assert_eq!(builder.signers().count(), 0);
}

#[test]
fn another_validator_set_is_refused() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let (_, heavier) = validators(&[1, 1, 1, 2]);
    let (_, smaller) = validators(&[1, 1, 1]);
    let good = certificate(&keys, &set, &[0, 1, 2, 3]);
    let wrong_set = CertificateError::WrongValidatorSet {
        expected: heavier.root(),
        actual: set.root(),
    };
    assert_eq!(good.verify(&chain_id(), &heavier), Err(wrong_set));
    let relabelled = AvailabilityCertificate {
        validator_set_root: smaller.root(),
        ..good.clone()
    };
    let wrong_size = CertificateError::WrongSetSize {
        expected: 3,
        actual: 4,
    };
    assert_eq!(relabelled.verify(&chain_id(), &smaller), Err(wrong_size));
    // The same keys with other stakes: the bits fit, the message does not.
    let relabelled = AvailabilityCertificate {
        validator_set_root: heavier.root(),
        ..good
    };
    assert!(matches!(
        relabelled.verify(&chain_id(), &heavier),
        Err(CertificateError::InvalidAggregate { .. })
    ));
}

#[test]
fn strangers_and_foreign_signatures_are_refused() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let mut builder = CertificateBuilder::availability(&chain_id(), BLOB, &set, EXPIRY);
    let signature = keys[0].sign(builder.message());
    let stranger = SignersError::UnknownSigner {
        index: index(4),
        validators: 4,
    };
    assert_eq!(builder.add(index(4), signature), Err(stranger.into()));
    assert!(matches!(
        builder.add(index(2), signature),
        Err(CertificateError::InvalidSigner {
            source: SignatureError::Invalid { .. },
            ..
        })
    ));
}

#[test]
fn a_batch_verifies_together_and_names_the_first_that_is_wrong() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let (other_keys, other) = validators(&[5, 1, 1]);
    let blobs: Vec<_> = (1..=5)
        .map(|seed| certify(blob(namespace(1), 1, seed), &keys, &set, 3))
        .collect();
    let old = certify(blob(namespace(2), 1, 9), &other_keys, &other, 1);
    let mut batch: Vec<_> = blobs.iter().map(|blob| blob.certificate.clone()).collect();
    batch.push(old.certificate);
    let sets = [&set, &set, &set, &set, &set, &other];
    let verify = |batch: &[AvailabilityCertificate]| {
        AvailabilityCertificate::verify_batch(&chain_id(), batch.iter().zip(sets))
    };
    verify(&batch).unwrap();
    verify(&batch[..1]).unwrap();
    verify(&[]).unwrap();

    let mut forged = batch.clone();
    forged[3].expiry = Height::new(1);
    assert_eq!(verify(&forged).unwrap_err().position, 3);
    let mut swapped = batch.clone();
    (swapped[1].signature, swapped[2].signature) = (batch[2].signature, batch[1].signature);
    // The sum of the two is right, so only the coefficients keep them apart.
    assert_eq!(verify(&swapped).unwrap_err().position, 1);
    let mut malformed = batch;
    malformed[4].signature = Signature::from_bytes([0; 96]);
    assert_eq!(verify(&malformed).unwrap_err().position, 4);
}

#[test]
fn a_header_is_verified_only_by_its_own_certificate() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let block = block(
        &set,
        vec![certify(blob(namespace(1), 2, 1), &keys, &set, 3)],
    );
    let signed = sign(&block, &keys[..3], &set);
    let verified = signed.verify(&chain_id(), &set).unwrap();
    assert_eq!(verified.hash(), block.header.hash());
    assert_eq!(verified.rows, 2);
    assert_eq!(verified.signed(), &signed);

    let mut changed = signed.clone();
    changed.header.time += 1;
    assert!(matches!(
        changed.verify(&chain_id(), &set),
        Err(HeaderError::WrongHash { .. })
    ));
    changed.finality.header_hash = changed.header.hash();
    assert!(matches!(
        changed.verify(&chain_id(), &set),
        Err(HeaderError::Certificate(
            CertificateError::InvalidAggregate { .. }
        ))
    ));
    let other_chain: ChainId = "weft-test-2".parse().unwrap();
    assert!(matches!(
        signed.verify(&other_chain, &set),
        Err(HeaderError::WrongChain { .. })
    ));
    let (_, heavier) = validators(&[1, 1, 1, 2]);
    assert!(matches!(
        signed.verify(&chain_id(), &heavier),
        Err(HeaderError::WrongValidatorSet { .. })
    ));
    assert!(signed.finality.verify(&chain_id(), &heavier).is_err());
    assert!(signed.finality.verify(&other_chain, &set).is_err());
}

#[test]
fn no_header_is_final_with_two_of_four() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let block = block(&set, Vec::new());
    let mut builder = CertificateBuilder::finality(&chain_id(), block.header.hash(), 0, &set);
    for (place, key) in keys.iter().enumerate().take(2) {
        builder
            .add(index(place), key.sign(builder.message()))
            .unwrap();
    }
    let too_little = CertificateError::NotEnoughStake {
        signed: 2,
        total: 4,
    };
    assert_eq!(builder.build(), Err(too_little));
    builder
        .add(index(2), keys[2].sign(builder.message()))
        .unwrap();
    builder.build().unwrap().verify(&chain_id(), &set).unwrap();
}

/// Signatures of one header from two rounds do not add up, whichever round the certificate names.
#[test]
fn signatures_of_two_rounds_make_no_certificate() {
    let (keys, set) = validators(&[1, 1, 1, 1]);
    let hash = block(&set, Vec::new()).header.hash();
    let in_round = |place: usize, round| {
        keys[place].sign(&finality_message(&chain_id(), &hash, round, &set.root()))
    };
    let mut builder = CertificateBuilder::finality(&chain_id(), hash, 2, &set);
    for place in [0, 1] {
        builder.add(index(place), in_round(place, 2)).unwrap();
    }
    assert!(matches!(
        builder.add(index(2), in_round(2, 0)),
        Err(CertificateError::InvalidSigner {
            source: SignatureError::Invalid { .. },
            ..
        })
    ));
    assert!(!builder.has_quorum());
    builder.add(index(2), in_round(2, 2)).unwrap();
    let good = builder.build().unwrap();
    good.verify(&chain_id(), &set).unwrap();

    // Added up by hand, and under another round's name.
    let mixed = sum(&[in_round(0, 2), in_round(1, 2), in_round(2, 0)]);
    for (round, signature) in [
        (0, mixed),
        (2, mixed),
        (0, good.signature),
        (3, good.signature),
    ] {
        let forged = FinalityCertificate {
            round,
            signature,
            ..good.clone()
        };
        assert!(matches!(
            forged.verify(&chain_id(), &set),
            Err(CertificateError::InvalidAggregate {
                source: SignatureError::Invalid { .. },
                ..
            })
        ));
    }
}

/// An availability signature is no finality signature, even over equal bytes.
#[test]
fn the_kinds_of_statement_do_not_mix() {
    let (keys, set) = validators(&[1]);
    let block = block(&set, Vec::new());
    let mut builder = CertificateBuilder::finality(&chain_id(), block.header.hash(), 0, &set);
    let blob_id = BlobId::from_bytes(*block.header.hash().as_bytes());
    let message = availability_message(&chain_id(), &blob_id, &set.root(), EXPIRY);
    assert!(builder.add(index(0), keys[0].sign(&message)).is_err());
    let update_id = Digest::from_bytes(*block.header.hash().as_bytes());
    let message = update_message(&chain_id(), &update_id, &set.root());
    assert!(builder.add(index(0), keys[0].sign(&message)).is_err());
}
