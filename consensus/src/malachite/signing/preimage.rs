//! What is signed: a message of 32 bytes that binds a tag, the chain, and the content.
//!
//! | message | tag | content, after the chain id |
//! |---|---|---|
//! | vote | `weft/consensus/vote/1` | kind (0 prevote, 1 precommit), height, round, 0 or 1, header hash or zeros, voter |
//! | proposal | `weft/consensus/proposal/1` | height, round, header hash, polka round or -1 (8 bytes), proposer |
//! | block part | `weft/consensus/block/1` | height, round, header hash |
//! | validator's proof | `weft/consensus/validator/1` | Malachite's `signing_bytes`: key and peer id, each with its length |
//! | vote extension | `weft/finality/2` | the finality message |
//!
//! Integers are little-endian, heights 8 bytes, rounds 4. All parts have a fixed length or carry
//! their length.
//!
//! A vote's message leaves out its extension, as Malachite requires: on replay of the log a
//! recorded vote must stay valid with any extension. The validator's proof binds the chain, unlike
//! Malachite's default: the key signs nothing without a chain.

use arc_malachitebft_app::types::core::{NilOrVal, Round, ValidatorProof, VoteType};
use weft_chain::{ChainId, HeaderHash, Height, SigningMessage};

use crate::malachite::types::{Proposal, Vote, WeftContext};

const VOTE: &str = "weft/consensus/vote/1";
const PROPOSAL: &str = "weft/consensus/proposal/1";
const BLOCK: &str = "weft/consensus/block/1";
const VALIDATOR: &str = "weft/consensus/validator/1";

/// What a voter signs.
pub(crate) fn vote(chain_id: &ChainId, vote: &Vote) -> SigningMessage {
    let kind = match vote.vote_type {
        VoteType::Prevote => 0,
        VoteType::Precommit => 1,
    };
    let (some, value) = match &vote.value {
        NilOrVal::Nil => (0, [0; 32]),
        NilOrVal::Val(hash) => (1, *hash.as_bytes()),
    };
    SigningMessage::new(
        VOTE,
        chain_id,
        &[
            &[kind],
            &vote.height.0.get().to_le_bytes(),
            &round(vote.round),
            &[some],
            &value,
            vote.voter.as_bytes(),
        ],
    )
}

/// What a proposer signs.
pub(crate) fn proposal(chain_id: &ChainId, proposal: &Proposal) -> SigningMessage {
    SigningMessage::new(
        PROPOSAL,
        chain_id,
        &[
            &proposal.height.0.get().to_le_bytes(),
            &round(proposal.round),
            proposal.value.0.as_bytes(),
            &proposal.pol_round.as_i64().to_le_bytes(),
            proposal.proposer.as_bytes(),
        ],
    )
}

/// What the proposer of a round signs for the block it sends.
pub(crate) fn block(
    chain_id: &ChainId,
    height: Height,
    round: u32,
    header_hash: &HeaderHash,
) -> SigningMessage {
    SigningMessage::new(
        BLOCK,
        chain_id,
        &[
            &height.get().to_le_bytes(),
            &round.to_le_bytes(),
            header_hash.as_bytes(),
        ],
    )
}

/// What a validator signs so that its peers know which connection is its own.
pub(crate) fn validator(chain_id: &ChainId, public_key: &[u8], peer_id: &[u8]) -> SigningMessage {
    let content = ValidatorProof::<WeftContext>::signing_bytes(public_key, peer_id);
    SigningMessage::new(VALIDATOR, chain_id, &[&content])
}

/// A round's four bytes. Messages without a round are neither made nor decoded; here they would
/// count as the last round.
fn round(round: Round) -> [u8; 4] {
    round.as_u32().unwrap_or(u32::MAX).to_le_bytes()
}
