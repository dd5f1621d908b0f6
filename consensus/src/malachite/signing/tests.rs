//! Signed bytes are frozen, and a signature is valid for one message only.

#![allow(clippy::unwrap_used)]

use arc_malachitebft_app::types::core::{NilOrVal, Round, VoteExtensionScope, VoteType};
use arc_malachitebft_signing::{Signer, Verifier};
use weft_chain::{HeaderHash, Height, Signature, finality_message};
use weft_ledger::ValidatorSets;
use weft_test_chain::TestChain;

use super::*;
use crate::malachite::types::{
    ConsensusValue, FinalitySignature, Proposal, ValidatorAddress, Vote,
};

fn hash(seed: u8) -> HeaderHash {
    HeaderHash::from_bytes([seed; 32])
}

fn vote() -> Vote {
    Vote {
        vote_type: VoteType::Precommit,
        height: Height::new(5).into(),
        round: Round::new(2),
        value: NilOrVal::Val(hash(7)),
        voter: ValidatorAddress::from_bytes([9; 48]),
        extension: None,
    }
}

fn proposal() -> Proposal {
    Proposal {
        height: Height::new(5).into(),
        round: Round::new(2),
        value: ConsensusValue(hash(7)),
        pol_round: Round::Nil,
        proposer: ValidatorAddress::from_bytes([9; 48]),
    }
}

/// Frozen: other validators refuse signatures over other bytes.
#[test]
fn sign_bytes_are_frozen() {
    let chain = "weft-test".parse().unwrap();
    let nil = Vote {
        vote_type: VoteType::Prevote,
        value: NilOrVal::Nil,
        ..vote()
    };
    let again = Proposal {
        pol_round: Round::new(1),
        ..proposal()
    };
    let messages = [
        preimage::vote(&chain, &vote()),
        preimage::vote(&chain, &nil),
        preimage::proposal(&chain, &proposal()),
        preimage::proposal(&chain, &again),
        preimage::block(&chain, Height::new(5), 2, &hash(7)),
        preimage::validator(&chain, &[9; 48], &[1, 2, 3]),
    ];
    let found = messages.map(|message| hex::encode(message.as_bytes()));
    assert_eq!(found, FROZEN);
}

const FROZEN: [&str; 6] = [
    "72123860ff7719a7deffa876ce3e2312ce7ed5f2368d73c538ac057d21bbe655",
    "d2e2cef1c98be939a20d6a764d3e3c3ae7dbe84c6ce7d00cf6a0d2586c689d9d",
    "6c547bbcad7e8c8326c21c10a0de394d26bd4ebfe04c29956dddbc4a6e3e208c",
    "37161a8c29b4093d38ad0e25ed16be06ff8a6f28cdbb3dc3b27c8faeb82df063",
    "c91a7ef2d465f0fc7282d99fcaa3f4566646764ae8d5e63ceae5fcc24be4c664",
    "e57003ee29497212ae9a288bae4ef565523f6d2b762addfb1aee6a3c55dc505a",
];

#[test]
fn every_field_is_signed_and_the_extension_is_not() {
    let chain = "weft-test".parse().unwrap();
    let message = preimage::vote(&chain, &vote());
    let changed = [
        Vote {
            vote_type: VoteType::Prevote,
            ..vote()
        },
        Vote {
            height: Height::new(6).into(),
            ..vote()
        },
        Vote {
            round: Round::new(3),
            ..vote()
        },
        Vote {
            value: NilOrVal::Val(hash(8)),
            ..vote()
        },
        Vote {
            value: NilOrVal::Nil,
            ..vote()
        },
        Vote {
            voter: ValidatorAddress::from_bytes([8; 48]),
            ..vote()
        },
    ];
    for vote in &changed {
        assert_ne!(preimage::vote(&chain, vote), message, "{vote:?}");
    }
    let other_chain = "weft-other".parse().unwrap();
    assert_ne!(preimage::vote(&other_chain, &vote()), message);
    let extended = Vote {
        extension: Some(arc_malachitebft_app::types::core::SignedExtension::new(
            FinalitySignature(Signature::from_bytes([1; 96])),
            Signature::from_bytes([1; 96]),
        )),
        ..vote()
    };
    assert_eq!(preimage::vote(&chain, &extended), message);

    let message = preimage::proposal(&chain, &proposal());
    let changed = [
        Proposal {
            height: Height::new(6).into(),
            ..proposal()
        },
        Proposal {
            round: Round::new(3),
            ..proposal()
        },
        Proposal {
            value: ConsensusValue(hash(8)),
            ..proposal()
        },
        Proposal {
            pol_round: Round::new(0),
            ..proposal()
        },
        Proposal {
            proposer: ValidatorAddress::from_bytes([8; 48]),
            ..proposal()
        },
    ];
    for proposal in &changed {
        assert_ne!(
            preimage::proposal(&chain, proposal),
            message,
            "{proposal:?}"
        );
    }
}

struct Pair {
    chain: TestChain,
    signer: WeftSigner,
    verifier: WeftVerifier,
}

fn pair() -> Pair {
    let chain = TestChain::new(4);
    let sets = ValidatorSets::constant(chain.set.clone());
    Pair {
        signer: WeftSigner::new(chain.genesis.chain_id, chain.keys[0].clone()),
        verifier: WeftVerifier::new(chain.genesis.chain_id, sets),
        chain,
    }
}

#[tokio::test]
async fn votes_and_proposals_verify_under_their_key_alone() {
    let Pair {
        chain,
        signer,
        verifier,
    } = pair();
    let (key, other) = (chain.keys[0].public_key(), chain.keys[1].public_key());
    let vote = signer.sign_vote(vote()).await.unwrap();
    for _ in 0..2 {
        let valid = verifier.verify_signed_vote(&vote.message, &vote.signature, &key);
        assert!(valid.await.unwrap().is_valid());
        let invalid = verifier.verify_signed_vote(&vote.message, &vote.signature, &other);
        assert!(invalid.await.unwrap().is_invalid());
    }
    let proposal = signer.sign_proposal(proposal()).await.unwrap();
    let valid = verifier.verify_signed_proposal(&proposal.message, &proposal.signature, &key);
    assert!(valid.await.unwrap().is_valid());
    // A signature of one kind is invalid for another, and so are bytes that are not a point.
    for signature in [vote.signature, Signature::from_bytes([0xff; 96])] {
        let invalid = verifier.verify_signed_proposal(&proposal.message, &signature, &key);
        assert!(invalid.await.unwrap().is_invalid());
    }
}

#[tokio::test]
async fn an_extension_is_a_finality_signature_of_its_scope() {
    let Pair {
        chain,
        signer,
        verifier,
    } = pair();
    let key = chain.keys[0].public_key();
    let message = finality_message(&chain.genesis.chain_id, &hash(7), 2, &chain.set.root());
    let extension = FinalitySignature(chain.keys[0].sign(&message));
    let scope = |round, header| {
        VoteExtensionScope::new(Height::new(5).into(), round, header, *signer.address())
    };
    let signed = signer
        .sign_vote_extension(scope(Round::new(2), hash(7)), extension)
        .await
        .unwrap();
    let cases = [
        (Round::new(2), hash(7), true),
        (Round::new(1), hash(7), false),
        (Round::new(2), hash(8), false),
        (Round::Nil, hash(7), false),
    ];
    for (round, header, valid) in cases {
        let scope = scope(round, header);
        let verified = verifier
            .verify_signed_vote_extension(&scope, &signed.message, &signed.signature, &key)
            .await
            .unwrap();
        assert_eq!(verified.is_valid(), valid, "{scope:?}");
    }
    // The message is aggregated, so it must be the verified bytes.
    let other = FinalitySignature(Signature::from_bytes([1; 96]));
    let verified = verifier
        .verify_signed_vote_extension(
            &scope(Round::new(2), hash(7)),
            &other,
            &signed.signature,
            &key,
        )
        .await
        .unwrap();
    assert!(verified.is_invalid());
}

#[tokio::test]
async fn a_validators_proof_binds_key_and_peer() {
    let Pair {
        signer, verifier, ..
    } = pair();
    let key = signer.address().as_bytes().to_vec();
    let proof = signer
        .sign_validator_proof(key, vec![1, 2, 3])
        .await
        .unwrap();
    assert!(
        verifier
            .verify_validator_proof(&proof)
            .await
            .unwrap()
            .is_valid()
    );
    let mut other = proof.clone();
    other.peer_id = vec![1, 2, 4];
    assert!(
        verifier
            .verify_validator_proof(&other)
            .await
            .unwrap()
            .is_invalid()
    );
    for bytes in [vec![], vec![0; 47], vec![0xff; 48], vec![0; 48]] {
        let mut other = proof.clone();
        other.public_key = bytes;
        assert!(
            verifier
                .verify_validator_proof(&other)
                .await
                .unwrap()
                .is_invalid()
        );
    }
}

#[test]
fn a_key_does_not_get_into_logs() {
    let Pair { chain, signer, .. } = pair();
    let secret = hex::encode(chain.keys[0].to_bytes().as_slice());
    assert!(!format!("{signer:?}").contains(&secret));
}
