//! Certificates from extensions: complete, with holes, and of mixed rounds.

#![allow(clippy::unwrap_used)]

use arc_malachitebft_app::types::core::SignedExtension;
use weft_chain::{Signature, finality_message};
use weft_test_chain::TestChain;

use super::*;
use crate::malachite::types::FinalitySignature;

fn header() -> HeaderHash {
    HeaderHash::from_bytes([7; 32])
}

/// The extensions of these validators, each made in its round.
fn extensions(chain: &TestChain, signers: &[(usize, u32)]) -> VoteExtensions<WeftContext> {
    let extensions = signers.iter().map(|&(signer, round)| {
        let key = &chain.keys[signer];
        let message =
            finality_message(&chain.genesis.chain_id, &header(), round, &chain.set.root());
        let signature = key.sign(&message);
        let extension = SignedExtension::new(FinalitySignature(signature), signature);
        (ValidatorAddress::from(&key.public_key()), extension)
    });
    VoteExtensions::new(extensions.collect())
}

fn certificate(
    chain: &TestChain,
    extensions: &VoteExtensions<WeftContext>,
) -> Result<FinalityCertificate, CertificateError> {
    finality_certificate(&chain.genesis.chain_id, header(), 2, &chain.set, extensions)
}

#[test]
fn three_of_four_make_a_certificate_that_verifies() {
    let chain = TestChain::new(4);
    let extensions = extensions(&chain, &[(3, 2), (0, 2), (1, 2)]);
    let certificate = certificate(&chain, &extensions).unwrap();
    assert_eq!(certificate.round, 2);
    assert_eq!(certificate.signers.count(), 3);
    certificate
        .verify(&chain.genesis.chain_id, &chain.set)
        .unwrap();
}

#[test]
fn extensions_of_another_round_do_not_count() {
    let chain = TestChain::new(4);
    let mixed = extensions(&chain, &[(0, 2), (1, 2), (2, 1)]);
    let error = certificate(&chain, &mixed).unwrap_err();
    assert!(matches!(
        error,
        CertificateError::NotEnoughStake {
            signed: 2,
            total: 4
        }
    ));
    // A fourth that is right makes up for it.
    let mixed = extensions(&chain, &[(0, 2), (1, 2), (2, 1), (3, 2)]);
    assert_eq!(certificate(&chain, &mixed).unwrap().signers.count(), 3);
}

#[test]
fn strangers_and_bytes_that_are_no_point_are_left_out() {
    let chain = TestChain::new(4);
    let mut given = extensions(&chain, &[(0, 2), (1, 2), (2, 2)]);
    let garbage = Signature::from_bytes([0xff; 96]);
    let garbage = SignedExtension::new(FinalitySignature(garbage), garbage);
    let stranger = ValidatorAddress::from_bytes([1; 48]);
    given.extensions.push((stranger, garbage.clone()));
    let third = ValidatorAddress::from(&chain.keys[3].public_key());
    given.extensions.push((third, garbage));
    let certificate = certificate(&chain, &given).unwrap();
    assert_eq!(certificate.signers.count(), 3);
}
