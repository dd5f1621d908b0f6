//! The ciphersuites are Ethereum's: answers that other implementations give.

#![allow(clippy::unwrap_used)]

use super::{ProofOfPossession, PublicKey, SecretKey, Signature};
use crate::SigningMessage;

const SECRET: &str = "263dbd792f5b1be47ed85f8938c0f29586af0d3ac7b977f21c278fe1462040e3";
const PUBLIC: &str = "a491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20f\
    d6e10c1b77654d067c0618f6e5a7f79a";

fn secret() -> SecretKey {
    SecretKey::from_bytes(&hex::decode(SECRET).unwrap().try_into().unwrap()).unwrap()
}

/// Source: ethereum/bls12-381-tests, `sign_case_c82df61aa3ee60fb`.
#[test]
fn signatures_are_those_of_ethereum_s_consensus() {
    let expected: Signature = "b6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6\
        076334f91e2366c96e9ab279fb5158090352ea1c5b0c9274504f4f0e7053af24\
        802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55"
        .parse()
        .unwrap();
    let message = SigningMessage::from_bytes([0; 32]);
    assert_eq!(secret().public_key(), PUBLIC.parse::<PublicKey>().unwrap());
    assert_eq!(secret().sign(&message), expected);
    expected.verify(&message, &secret().public_key()).unwrap();
    let other = SigningMessage::from_bytes([1; 32]);
    assert!(expected.verify(&other, &secret().public_key()).is_err());
}

/// Source: `PopProve` of py_ecc 8.0.0 for the same key.
#[test]
fn proofs_of_possession_are_the_draft_s() {
    let expected: ProofOfPossession =
        "b803eb0ed93ea10224a73b6b9c725796be9f5fefd215ef7a5b97234cc956cf68\
        70db6127b7e4d824ec62276078e787db05584ce1adbf076bc0808ca0f15b73d5\
        9060254b25393d95dfc7abe3cda566842aaedf50bbb062aae1bbb6ef3b1f77e1"
            .parse()
            .unwrap();
    assert_eq!(secret().prove_possession(), expected);
    expected.verify(&secret().public_key()).unwrap();
}

/// Source: `KeyGen` of py_ecc 8.0.0 for 32 bytes of 1.
#[test]
fn keys_are_derived_as_the_draft_does() {
    let expected = "144b27828e305a2d67fc7f4eea6de706b405cdd1ab8ad2daec046ccdeeec8b79";
    assert_eq!(
        hex::encode(SecretKey::generate(&[1; 32]).to_bytes()),
        expected
    );
}

/// A proof of possession is no signature of the key's bytes, and the other way round.
#[test]
fn proofs_and_signatures_do_not_mix() {
    let message = SigningMessage::from_bytes([0; 32]);
    let signature = secret().sign(&message);
    let as_proof = ProofOfPossession::from_bytes(*signature.as_bytes());
    assert!(as_proof.verify(&secret().public_key()).is_err());
}
