//! Certificates of consensus: for a polka, a round, a decision.

use arc_malachitebft_app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, PolkaCertificate, PolkaSignature,
    RoundCertificate, RoundCertificateType, RoundSignature,
};
use weft_chain::MAX_VALIDATORS;

use super::CodecError;
use super::wire::{Input, Wire, write_list};
use crate::malachite::types::WeftContext;

/// A round certificate has prevotes and precommits, at most one of each per validator.
const MAX_ROUND_SIGNATURES: usize = 2 * MAX_VALIDATORS;

/// The most bytes of a decision's certificate: address, signature and extension of each validator.
pub(in super::super) const MAX_COMMIT_PROOF_BYTES: usize = 64 + MAX_VALIDATORS * (48 + 96 + 97);

impl Wire for PolkaSignature<WeftContext> {
    const WHAT: &'static str = "a prevote's signature";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.address.write(out)?;
        self.signature.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self::new(Wire::read(input)?, Wire::read(input)?))
    }
}

impl Wire for PolkaCertificate<WeftContext> {
    const WHAT: &'static str = "a polka certificate";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.height.write(out)?;
        self.round.write(out)?;
        self.value_id.write(out)?;
        write_list(Self::WHAT, &self.polka_signatures, MAX_VALIDATORS, out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: Wire::read(input)?,
            round: input.defined_round(Self::WHAT)?,
            value_id: Wire::read(input)?,
            polka_signatures: input.list(Self::WHAT, MAX_VALIDATORS)?,
        })
    }
}

impl Wire for RoundSignature<WeftContext> {
    const WHAT: &'static str = "a vote's signature";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.vote_type.write(out)?;
        self.value_id.write(out)?;
        self.address.write(out)?;
        self.signature.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self::new(
            Wire::read(input)?,
            Wire::read(input)?,
            Wire::read(input)?,
            Wire::read(input)?,
        ))
    }
}

impl Wire for RoundCertificate<WeftContext> {
    const WHAT: &'static str = "a round certificate";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.height.write(out)?;
        self.round.write(out)?;
        out.push(match self.cert_type {
            RoundCertificateType::Skip => 0,
            RoundCertificateType::Precommit => 1,
        });
        write_list(
            Self::WHAT,
            &self.round_signatures,
            MAX_ROUND_SIGNATURES,
            out,
        )
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: Wire::read(input)?,
            round: input.defined_round(Self::WHAT)?,
            cert_type: match input.byte(Self::WHAT)? {
                0 => RoundCertificateType::Skip,
                1 => RoundCertificateType::Precommit,
                tag => {
                    return Err(CodecError::Variant {
                        what: Self::WHAT,
                        tag,
                    });
                }
            },
            round_signatures: input.list(Self::WHAT, MAX_ROUND_SIGNATURES)?,
        })
    }
}

impl Wire for ExtendedCommitSignature<WeftContext> {
    const WHAT: &'static str = "a precommit's signature";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.address.write(out)?;
        self.signature.write(out)?;
        self.extension.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self::new(
            Wire::read(input)?,
            Wire::read(input)?,
            Wire::read(input)?,
        ))
    }
}

impl Wire for ExtendedCommitCertificate<WeftContext> {
    const WHAT: &'static str = "a commit certificate";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.height.write(out)?;
        self.round.write(out)?;
        self.value_id.write(out)?;
        write_list(Self::WHAT, &self.commit_signatures, MAX_VALIDATORS, out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            height: Wire::read(input)?,
            round: input.defined_round(Self::WHAT)?,
            value_id: Wire::read(input)?,
            commit_signatures: input.list(Self::WHAT, MAX_VALIDATORS)?,
        })
    }
}
