//! Certificates: what a quorum signed verifies, and nothing else does.

#![allow(clippy::unwrap_used)]

use blst::min_pk;
use weft_chain::{
    AvailabilityCertificate, BlobId, CertificateBuilder, CertificateError, ChainId, Digest, Fault,
    FinalityCertificate, HeaderError, Height, MAX_TOTAL_STAKE, Signature, SignatureError,
    SignedHeader, SignersError, availability_message, finality_message, update_message,
};
use weft_test_chain::{TestChain, chain_id, header, index, signers, unsigned_block};

const EXPIRY: Height = Height::new(1000);

fn blob() -> BlobId {
    header(1, 7, 1).id()
}

fn certificate(chain: &TestChain, who: &[usize]) -> AvailabilityCertificate {
    chain.certify_by(&header(1, 7, 1), EXPIRY, who).certificate
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
    let chain = TestChain::new(4);
    for who in [&[0, 1, 2][..], &[3, 1, 0], &[0, 1, 2, 3]] {
        let certificate = certificate(&chain, who);
        certificate.verify(&chain_id(), &chain.set).unwrap();
        assert_eq!(certificate.signers.count(), who.len());
    }
}

#[test]
fn two_thirds_exactly_are_not_enough() {
    let chain = TestChain::with_stakes(&[2, 2, 2]);
    let mut builder = CertificateBuilder::availability(&chain_id(), blob(), &chain.set, EXPIRY);
    for (place, key) in chain.keys.iter().enumerate().take(2) {
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
    let full = certificate(&chain, &[0, 1, 2]);
    let message = availability_message(&chain_id(), &blob(), &chain.set.root(), EXPIRY);
    let signature = sum(&[chain.keys[0].sign(&message), chain.keys[1].sign(&message)]);
    let forged = AvailabilityCertificate {
        signers: signers(3, &[0, 1]),
        signature,
        ..full
    };
    assert_eq!(forged.verify(&chain_id(), &chain.set), Err(too_little));
}

#[test]
fn the_quorum_is_counted_in_stake_without_overflow() {
    let half = MAX_TOTAL_STAKE / 2;
    let chain = TestChain::with_stakes(&[half, half, 1]);
    assert!(chain.set.has_quorum(half + half));
    assert!(!chain.set.has_quorum(half + 1));
    assert!(!chain.set.has_quorum(0));
    certificate(&chain, &[0, 1])
        .verify(&chain_id(), &chain.set)
        .unwrap();
}

#[test]
fn a_duplicate_signer_is_refused() {
    let chain = TestChain::new(4);
    let mut builder = CertificateBuilder::availability(&chain_id(), blob(), &chain.set, EXPIRY);
    let signature = chain.keys[1].sign(builder.message());
    builder.add(index(1), signature).unwrap();
    let duplicate = SignersError::DuplicateSigner { index: index(1) };
    assert_eq!(builder.add(index(1), signature), Err(duplicate.into()));
    assert_eq!(builder.stake(), 1);
    // One signature counted twice in the aggregate, under the bits of two validators.
    let full = certificate(&chain, &[0, 1, 2]);
    let message = availability_message(&chain_id(), &blob(), &chain.set.root(), EXPIRY);
    let signature = sum(&[
        chain.keys[0].sign(&message),
        chain.keys[1].sign(&message),
        chain.keys[1].sign(&message),
    ]);
    let forged = AvailabilityCertificate { signature, ..full };
    assert!(matches!(
        forged.verify(&chain_id(), &chain.set),
        Err(CertificateError::InvalidAggregate { signers: 3, .. })
    ));
}

#[test]
fn another_chain_blob_expiry_or_signer_is_refused() {
    let chain = TestChain::new(4);
    let good = certificate(&chain, &[0, 1, 2]);
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
    invalid(good.verify(&other_chain, &chain.set));
    let change = |edit: fn(&mut AvailabilityCertificate)| {
        let mut certificate = good.clone();
        edit(&mut certificate);
        certificate.verify(&chain_id(), &chain.set)
    };
    invalid(change(|c| c.blob_id = BlobId::from_bytes([8; 32])));
    invalid(change(|c| c.expiry = Height::new(1001)));
    invalid(change(|c| c.signers.insert(index(3)).unwrap()));
    // A builder for one chain takes no signature made for another.
    let mut builder = CertificateBuilder::availability(&other_chain, blob(), &chain.set, EXPIRY);
    let message = availability_message(&chain_id(), &blob(), &chain.set.root(), EXPIRY);
    assert!(matches!(
        builder.add(index(0), chain.keys[0].sign(&message)),
        Err(CertificateError::InvalidSigner {
            source: SignatureError::Invalid { .. },
            ..
        })
    ));
    assert_eq!(builder.signers().count(), 0);
}

#[test]
fn another_validator_set_is_refused() {
    let chain = TestChain::new(4);
    let heavier = TestChain::with_stakes(&[1, 1, 1, 2]).set;
    let smaller = TestChain::new(3).set;
    let good = certificate(&chain, &[0, 1, 2, 3]);
    let wrong_set = CertificateError::WrongValidatorSet {
        expected: heavier.root(),
        actual: chain.set.root(),
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
    let chain = TestChain::new(4);
    let mut builder = CertificateBuilder::availability(&chain_id(), blob(), &chain.set, EXPIRY);
    let signature = chain.keys[0].sign(builder.message());
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
    let chain = TestChain::new(4);
    let other = TestChain::with_stakes(&[5, 1, 1]);
    let mut batch: Vec<_> = (1..=5)
        .map(|seed| chain.certified(1, seed, 1).certificate)
        .collect();
    let old = other.certify_by(&header(2, 9, 1), EXPIRY, &[0]);
    batch.push(old.certificate);
    let mut sets = [&chain.set; 6];
    sets[5] = &other.set;
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
    let chain = TestChain::new(4);
    let (block, finality) = chain.block(&chain.start(), vec![chain.certified(1, 1, 2)]);
    let signed = SignedHeader {
        header: block.header.clone(),
        finality,
    };
    let verified = signed.verify(&chain_id(), &chain.set).unwrap();
    assert_eq!(verified.hash(), block.header.hash());
    assert_eq!(verified.rows, 2);
    assert_eq!(verified.signed(), &signed);

    let mut changed = signed.clone();
    changed.header.time += 1;
    assert!(matches!(
        changed.verify(&chain_id(), &chain.set),
        Err(HeaderError::WrongHash { .. })
    ));
    changed.finality.header_hash = changed.header.hash();
    assert!(matches!(
        changed.verify(&chain_id(), &chain.set),
        Err(HeaderError::Certificate(
            CertificateError::InvalidAggregate { .. }
        ))
    ));
    let other_chain: ChainId = "weft-test-2".parse().unwrap();
    assert!(matches!(
        signed.verify(&other_chain, &chain.set),
        Err(HeaderError::WrongChain { .. })
    ));
    let heavier = TestChain::with_stakes(&[1, 1, 1, 2]).set;
    assert!(matches!(
        signed.verify(&chain_id(), &heavier),
        Err(HeaderError::WrongValidatorSet { .. })
    ));
    assert!(signed.finality.verify(&chain_id(), &heavier).is_err());
    assert!(signed.finality.verify(&other_chain, &chain.set).is_err());
}

#[test]
fn no_header_is_final_with_two_of_four() {
    let chain = TestChain::new(4);
    let block = unsigned_block(&chain.start(), Vec::new());
    let mut builder = CertificateBuilder::finality(&chain_id(), block.header.hash(), 0, &chain.set);
    for (place, key) in chain.keys.iter().enumerate().take(2) {
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
        .add(index(2), chain.keys[2].sign(builder.message()))
        .unwrap();
    builder
        .build()
        .unwrap()
        .verify(&chain_id(), &chain.set)
        .unwrap();
}

/// Signatures of one header from two rounds do not add up, whichever round the certificate names.
#[test]
fn signatures_of_two_rounds_make_no_certificate() {
    let chain = TestChain::new(4);
    let hash = unsigned_block(&chain.start(), Vec::new()).header.hash();
    let in_round = |place: usize, round| {
        chain.keys[place].sign(&finality_message(
            &chain_id(),
            &hash,
            round,
            &chain.set.root(),
        ))
    };
    let mut builder = CertificateBuilder::finality(&chain_id(), hash, 2, &chain.set);
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
    good.verify(&chain_id(), &chain.set).unwrap();

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
            forged.verify(&chain_id(), &chain.set),
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
    let chain = TestChain::new(1);
    let block = unsigned_block(&chain.start(), Vec::new());
    let mut builder = CertificateBuilder::finality(&chain_id(), block.header.hash(), 0, &chain.set);
    let blob_id = BlobId::from_bytes(*block.header.hash().as_bytes());
    let message = availability_message(&chain_id(), &blob_id, &chain.set.root(), EXPIRY);
    assert!(builder.add(index(0), chain.keys[0].sign(&message)).is_err());
    let update_id = Digest::from_bytes(*block.header.hash().as_bytes());
    let message = update_message(&chain_id(), &update_id, &chain.set.root());
    assert!(builder.add(index(0), chain.keys[0].sign(&message)).is_err());
}
