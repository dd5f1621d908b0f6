//! Votes, proposals, proposed blocks, and the validators' proofs.

use arc_malachitebft_app::consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use arc_malachitebft_app::streaming::{StreamContent, StreamId, StreamMessage};
use arc_malachitebft_app::types::core::{
    SignedExtension, SignedProposal, SignedVote, ValidatorProof, Validity, VoteType,
};
use bytes::Bytes;
use weft_chain::{Block, Canonical, Signature};

use super::CodecError;
use super::wire::{Input, Wire, write_bytes};
use crate::malachite::types::{BlockPart, FinalitySignature, Proposal, Vote, WeftContext};

/// The largest stream id: ours are 8 bytes.
const MAX_STREAM_ID_BYTES: usize = 64;

/// The most bytes of the key and of the peer id in a validator's proof.
const MAX_PROOF_FIELD_BYTES: usize = 128;

/// The most bytes of a message with a whole block.
pub(in super::super) const MAX_PART_BYTES: usize = Block::MAX_BYTES + 1024;

impl Wire for VoteType {
    const WHAT: &'static str = "a kind of vote";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.push(match self {
            Self::Prevote => 0,
            Self::Precommit => 1,
        });
        Ok(())
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        match input.byte(Self::WHAT)? {
            0 => Ok(Self::Prevote),
            1 => Ok(Self::Precommit),
            tag => Err(CodecError::Variant {
                what: Self::WHAT,
                tag,
            }),
        }
    }
}

impl Wire for SignedExtension<WeftContext> {
    const WHAT: &'static str = "a vote extension";

    // The extension is its own signature, so it is sent once.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        if self.message.0 != self.signature {
            return Err(CodecError::Extension);
        }
        self.signature.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let signature = Signature::read(input)?;
        Ok(Self::new(FinalitySignature(signature), signature))
    }
}

impl Wire for Vote {
    const WHAT: &'static str = "a vote";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.vote_type.write(out)?;
        self.height.write(out)?;
        self.round.write(out)?;
        self.value.write(out)?;
        self.voter.write(out)?;
        self.extension.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            vote_type: Wire::read(input)?,
            height: Wire::read(input)?,
            round: input.defined_round(Self::WHAT)?,
            value: Wire::read(input)?,
            voter: Wire::read(input)?,
            extension: Wire::read(input)?,
        })
    }
}

impl Wire for Proposal {
    const WHAT: &'static str = "a proposal";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.height.write(out)?;
        self.round.write(out)?;
        self.value.write(out)?;
        self.pol_round.write(out)?;
        self.proposer.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: Wire::read(input)?,
            round: input.defined_round(Self::WHAT)?,
            value: Wire::read(input)?,
            pol_round: Wire::read(input)?,
            proposer: Wire::read(input)?,
        })
    }
}

impl Wire for SignedVote<WeftContext> {
    const WHAT: &'static str = Vote::WHAT;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.message.write(out)?;
        self.signature.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self::new(Wire::read(input)?, Wire::read(input)?))
    }
}

impl Wire for SignedProposal<WeftContext> {
    const WHAT: &'static str = Proposal::WHAT;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.message.write(out)?;
        self.signature.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self::new(Wire::read(input)?, Wire::read(input)?))
    }
}

impl Wire for SignedConsensusMsg<WeftContext> {
    const WHAT: &'static str = "a consensus message";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            Self::Vote(vote) => {
                out.push(0);
                vote.write(out)
            }
            Self::Proposal(proposal) => {
                out.push(1);
                proposal.write(out)
            }
        }
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        match input.byte(Self::WHAT)? {
            0 => Wire::read(input).map(Self::Vote),
            1 => Wire::read(input).map(Self::Proposal),
            tag => Err(CodecError::Variant {
                what: Self::WHAT,
                tag,
            }),
        }
    }
}

impl Wire for LivenessMsg<WeftContext> {
    const WHAT: &'static str = "a liveness message";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            Self::Vote(vote) => {
                out.push(0);
                vote.write(out)
            }
            Self::PolkaCertificate(certificate) => {
                out.push(1);
                certificate.write(out)
            }
            Self::SkipRoundCertificate(certificate) => {
                out.push(2);
                certificate.write(out)
            }
        }
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        match input.byte(Self::WHAT)? {
            0 => Wire::read(input).map(Self::Vote),
            1 => Wire::read(input).map(Self::PolkaCertificate),
            2 => Wire::read(input).map(Self::SkipRoundCertificate),
            tag => Err(CodecError::Variant {
                what: Self::WHAT,
                tag,
            }),
        }
    }
}

impl Wire for BlockPart {
    const WHAT: &'static str = "a proposed block";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.height.write(out)?;
        self.round.write(out)?;
        self.header_hash.write(out)?;
        self.signature.write(out)?;
        write_bytes(Self::WHAT, &self.block, Block::MAX_BYTES, out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: Wire::read(input)?,
            round: Wire::read(input)?,
            header_hash: Wire::read(input)?,
            signature: Wire::read(input)?,
            block: Bytes::copy_from_slice(input.bytes(Self::WHAT, Block::MAX_BYTES)?),
        })
    }
}

impl Wire for StreamMessage<BlockPart> {
    const WHAT: &'static str = "a message of a stream";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let id = self.stream_id.to_bytes();
        write_bytes("a stream id", &id, MAX_STREAM_ID_BYTES, out)?;
        self.sequence.write(out)?;
        match &self.content {
            StreamContent::Data(part) => {
                out.push(0);
                part.write(out)
            }
            StreamContent::Fin => {
                out.push(1);
                Ok(())
            }
        }
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let id = input.bytes("a stream id", MAX_STREAM_ID_BYTES)?;
        let id = StreamId::new(Bytes::copy_from_slice(id));
        let sequence = Wire::read(input)?;
        let content = match input.byte(Self::WHAT)? {
            0 => StreamContent::Data(Wire::read(input)?),
            1 => StreamContent::Fin,
            tag => {
                return Err(CodecError::Variant {
                    what: Self::WHAT,
                    tag,
                });
            }
        };
        Ok(Self::new(id, sequence, content))
    }
}

impl Wire for ValidatorProof<WeftContext> {
    const WHAT: &'static str = "a validator's proof";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        write_bytes(Self::WHAT, &self.public_key, MAX_PROOF_FIELD_BYTES, out)?;
        write_bytes(Self::WHAT, &self.peer_id, MAX_PROOF_FIELD_BYTES, out)?;
        self.signature.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let public_key = input.bytes(Self::WHAT, MAX_PROOF_FIELD_BYTES)?.to_vec();
        let peer_id = input.bytes(Self::WHAT, MAX_PROOF_FIELD_BYTES)?.to_vec();
        Ok(Self::new(public_key, peer_id, Wire::read(input)?))
    }
}

impl Wire for ProposedValue<WeftContext> {
    const WHAT: &'static str = "a proposed value";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.height.write(out)?;
        self.round.write(out)?;
        self.valid_round.write(out)?;
        self.proposer.write(out)?;
        self.value.write(out)?;
        out.push(u8::from(self.validity.is_valid()));
        Ok(())
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: Wire::read(input)?,
            round: input.defined_round(Self::WHAT)?,
            valid_round: Wire::read(input)?,
            proposer: Wire::read(input)?,
            value: Wire::read(input)?,
            validity: match input.byte(Self::WHAT)? {
                0 => Validity::Invalid,
                1 => Validity::Valid,
                tag => {
                    return Err(CodecError::Variant {
                        what: Self::WHAT,
                        tag,
                    });
                }
            },
        })
    }
}
