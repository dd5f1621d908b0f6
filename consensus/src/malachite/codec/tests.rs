//! Round trips, and untrusted bytes.

#![allow(clippy::unwrap_used)]

use std::fmt::Debug;

use arc_malachitebft_app::consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use arc_malachitebft_app::streaming::{StreamContent, StreamId, StreamMessage};
use arc_malachitebft_app::types::PeerId;
use arc_malachitebft_app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature,
    Round, RoundCertificate, RoundCertificateType, RoundSignature, SignedExtension, SignedMessage,
    ValidatorProof, Validity, VoteType,
};
use arc_malachitebft_app::types::sync::{RawDecidedValue, Request, Response, Status};
use arc_malachitebft_sync::{ValueRequest, ValueResponse};
use bytes::Bytes;
use libp2p::identity::Keypair;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{Block, Canonical, HeaderHash, Height, MAX_VALIDATORS, Signature};

use super::*;
use crate::malachite::types::{
    BlockPart, ConsensusHeight, ConsensusValue, FinalitySignature, Proposal, ValidatorAddress,
    Vote, WeftContext,
};

fn height() -> ConsensusHeight {
    Height::new(258).into()
}

fn hash() -> HeaderHash {
    HeaderHash::from_bytes([7; 32])
}

fn signature(seed: u8) -> Signature {
    Signature::from_bytes([seed; 96])
}

fn address(seed: u8) -> ValidatorAddress {
    ValidatorAddress::from_bytes([seed; 48])
}

fn extension(seed: u8) -> SignedExtension<WeftContext> {
    SignedMessage::new(FinalitySignature(signature(seed)), signature(seed))
}

fn peer() -> PeerId {
    let keypair = Keypair::ed25519_from_bytes([5; 32]).unwrap();
    PeerId::from_bytes(&keypair.public().to_peer_id().to_bytes()).unwrap()
}

fn vote(
    value: NilOrVal<HeaderHash>,
    extension: Option<SignedExtension<WeftContext>>,
) -> SignedMessage<WeftContext, Vote> {
    let vote = Vote {
        vote_type: VoteType::Precommit,
        height: height(),
        round: Round::new(3),
        value,
        voter: address(1),
        extension,
    };
    SignedMessage::new(vote, signature(2))
}

fn proposal(pol_round: Round) -> SignedMessage<WeftContext, Proposal> {
    let proposal = Proposal {
        height: height(),
        round: Round::new(3),
        value: ConsensusValue(hash()),
        pol_round,
        proposer: address(1),
    };
    SignedMessage::new(proposal, signature(2))
}

fn part() -> BlockPart {
    BlockPart {
        height: height(),
        round: 3,
        header_hash: hash(),
        signature: signature(4),
        block: Bytes::from_static(b"a block"),
    }
}

fn polka() -> PolkaCertificate<WeftContext> {
    PolkaCertificate {
        height: height(),
        round: Round::new(3),
        value_id: hash(),
        polka_signatures: (0..3)
            .map(|seed| PolkaSignature::new(address(seed), signature(seed)))
            .collect(),
    }
}

fn round() -> RoundCertificate<WeftContext> {
    RoundCertificate {
        height: height(),
        round: Round::new(3),
        cert_type: RoundCertificateType::Skip,
        round_signatures: vec![
            RoundSignature::new(VoteType::Prevote, NilOrVal::Nil, address(1), signature(1)),
            RoundSignature::new(
                VoteType::Precommit,
                NilOrVal::Val(hash()),
                address(2),
                signature(2),
            ),
        ],
    }
}

fn commit(signatures: usize) -> ExtendedCommitCertificate<WeftContext> {
    let signatures = (0..signatures).map(|place| {
        let seed = u8::try_from(place % 256).unwrap();
        let extension = (place % 2 == 0).then(|| extension(seed));
        ExtendedCommitSignature::new(address(seed), signature(seed), extension)
    });
    ExtendedCommitCertificate {
        height: height(),
        round: Round::new(3),
        value_id: hash(),
        commit_signatures: signatures.collect(),
    }
}

fn proof() -> ValidatorProof<WeftContext> {
    ValidatorProof::new(vec![1; 48], peer().to_bytes(), signature(1))
}

fn value() -> ProposedValue<WeftContext> {
    ProposedValue {
        height: height(),
        round: Round::new(3),
        valid_round: Round::Nil,
        proposer: address(1),
        value: ConsensusValue(hash()),
        validity: Validity::Invalid,
    }
}

fn response(values: usize) -> Response<WeftContext> {
    let values = (0..values)
        .map(|_| RawDecidedValue::new(Bytes::from_static(b"a block"), commit(2)))
        .collect();
    Response::ValueResponse(ValueResponse::new(height(), values))
}

/// The value survives a round trip. No prefix of it decodes, nothing with a byte more does, and no
/// changed byte panics.
fn check<T: Wire + PartialEq + Debug>(value: &T, rng: &mut ChaCha8Rng) {
    let bytes = WeftCodec.encode(value).unwrap();
    assert_eq!(
        &Codec::<T>::decode(&WeftCodec, bytes.clone()).unwrap(),
        value
    );
    assert_eq!(WeftCodec.encoded_len(value).unwrap(), bytes.len());
    for len in 0..bytes.len() {
        assert!(T::from_wire(&bytes[..len]).is_err(), "{} at {len}", T::WHAT);
    }
    let longer = [bytes.as_ref(), &[0]].concat();
    assert!(T::from_wire(&longer).is_err(), "{} with more", T::WHAT);
    for _ in 0..500 {
        let mut changed = bytes.to_vec();
        let place = rng.random_range(0..changed.len());
        changed[place] = rng.random();
        if let Ok(decoded) = T::from_wire(&changed) {
            // One encoding per value: what decodes encodes to the same bytes.
            assert_eq!(decoded.to_wire().unwrap(), changed, "{}", T::WHAT);
        }
    }
    for len in [0, 1, 4, 64, 512] {
        let noise: Vec<u8> = (0..len).map(|_| rng.random()).collect();
        let _ = T::from_wire(&noise);
    }
}

#[test]
fn everything_comes_back_and_nothing_else_does() {
    let seed = 0x77_65_66_74;
    println!("seed {seed}");
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let with = NilOrVal::Val(hash());
    check(
        &SignedConsensusMsg::Vote(vote(with, Some(extension(3)))),
        rng,
    );
    check(&SignedConsensusMsg::Vote(vote(NilOrVal::Nil, None)), rng);
    check(&SignedConsensusMsg::Proposal(proposal(Round::Nil)), rng);
    check(&SignedConsensusMsg::Proposal(proposal(Round::new(1))), rng);
    check(&LivenessMsg::Vote(vote(with, Some(extension(3)))), rng);
    check(&LivenessMsg::PolkaCertificate(polka()), rng);
    check(&LivenessMsg::SkipRoundCertificate(round()), rng);
    check(&part(), rng);
    let id = StreamId::new(Bytes::from_static(b"stream"));
    check(
        &StreamMessage::new(id.clone(), 0, StreamContent::Data(part())),
        rng,
    );
    check(
        &StreamMessage::<BlockPart>::new(id, 1, StreamContent::Fin),
        rng,
    );
    check(&proof(), rng);
    check(&value(), rng);
    check(&polka(), rng);
    check(&commit(3), rng);
    let status = Status::<WeftContext> {
        peer_id: peer(),
        tip_height: height(),
        history_min_height: Height::new(1).into(),
    };
    check(&status, rng);
    let range = Height::new(1).into()..=height();
    check(
        &Request::<WeftContext>::ValueRequest(ValueRequest::new(range)),
        rng,
    );
    check(&response(0), rng);
    check(&response(2), rng);
}

/// Frozen: logs and messages of the previous version must decode.
#[test]
fn encodings_are_frozen() {
    let digest = |bytes: Vec<u8>| weft_chain::tagged_hash("test", &[&bytes]).to_string();
    let vote = vote(NilOrVal::Val(hash()), Some(extension(3)));
    let found = [
        digest(SignedConsensusMsg::Vote(vote).to_wire().unwrap()),
        digest(
            SignedConsensusMsg::Proposal(proposal(Round::new(1)))
                .to_wire()
                .unwrap(),
        ),
        digest(
            LivenessMsg::SkipRoundCertificate(round())
                .to_wire()
                .unwrap(),
        ),
        digest(polka().to_wire().unwrap()),
        digest(commit(3).to_wire().unwrap()),
        digest(part().to_wire().unwrap()),
        digest(value().to_wire().unwrap()),
        digest(response(2).to_wire().unwrap()),
    ];
    assert_eq!(found, FROZEN);
}

const FROZEN: [&str; 8] = [
    "acd14d2ca7ddef67cc3faf569da95533b8d5aa44e1f1c02068de6061e107bd7a",
    "f6cbfead39089d3f61685df1c6db22685b9fa6d9b500f074216325d7a73178e0",
    "fefb1a496927bfc9b2e8abab490909a408d11156ba312111878223ecb5a50ab2",
    "e9df91c7c965ad74ddcdbfa6a72f00e64b106459a7ebadc00065a6848061a596",
    "749cb1fd64e8012ed5812b7a51b2e804629901e026455c52080196e9b4566dfb",
    "5b14afb0417acc45c2ba9c13da45615b88953e728ea5f472db875e169447bcaf",
    "953154f720332fd4bf27e52e8832ff21f7f862e68a23fb8d654696c3d30efc2a",
    "136b07d648e70bbe151907c5ebd808719db49935f42f4d93a3e6e73ac566b74c",
];

#[test]
fn lists_and_bytes_have_limits_both_ways() {
    assert!(commit(MAX_VALIDATORS).to_wire().unwrap().len() <= MAX_COMMIT_PROOF_BYTES);
    assert!(matches!(
        commit(MAX_VALIDATORS + 1).to_wire(),
        Err(CodecError::TooLong {
            len: 1025,
            max: 1024,
            ..
        })
    ));
    // A list with a length above its limit is refused before its items are read.
    let mut bytes = commit(0).to_wire().unwrap();
    let len = bytes.len();
    bytes[len - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        ExtendedCommitCertificate::from_wire(&bytes),
        Err(CodecError::TooLong { .. })
    ));
    let mut large = part();
    large.block = Bytes::from(vec![0; Block::MAX_BYTES + 1]);
    assert!(matches!(large.to_wire(), Err(CodecError::TooLong { .. })));
    large.block = Bytes::from(vec![0; Block::MAX_BYTES]);
    let id = StreamId::new(Bytes::from_static(&[0; 20]));
    let message = StreamMessage::new(id, 0, StreamContent::Data(large));
    assert!(message.to_wire().unwrap().len() <= MAX_PART_BYTES);
}

#[test]
fn a_vote_without_a_round_does_not_decode() {
    let mut nowhere = vote(NilOrVal::Nil, None);
    nowhere.message.round = Round::Nil;
    let bytes = nowhere.to_wire().unwrap();
    assert!(matches!(
        SignedMessage::<WeftContext, Vote>::from_wire(&bytes),
        Err(CodecError::NoRound { .. })
    ));
}

#[test]
fn an_extension_that_is_not_its_own_signature_is_not_sent() {
    let wrong = SignedMessage::new(FinalitySignature(signature(1)), signature(2));
    let vote = vote(NilOrVal::Val(hash()), Some(wrong));
    assert!(matches!(vote.to_wire(), Err(CodecError::Extension)));
}
