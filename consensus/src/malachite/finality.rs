//! From the extensions of the deciding precommits to the finality certificate.

use arc_malachitebft_app::types::core::VoteExtensions;
use weft_chain::{
    CertificateBuilder, CertificateError, ChainId, FinalityCertificate, HeaderHash, ValidatorSet,
};

use super::types::{ValidatorAddress, WeftContext};

/// The finality certificate of a header that was decided in a round.
///
/// The engine has verified the extensions of all committers, so they reach a quorum; one that does
/// not verify all the same is left out. Costs two pairings a validator.
///
/// # Errors
/// [`CertificateError`] (local) when those that verify make no quorum.
pub(super) fn finality_certificate(
    chain_id: &ChainId,
    header: HeaderHash,
    round: u32,
    set: &ValidatorSet,
    extensions: &VoteExtensions<WeftContext>,
) -> Result<FinalityCertificate, CertificateError> {
    let mut builder = CertificateBuilder::finality(chain_id, header, round, set);
    for (index, validator) in set.iter() {
        let address = ValidatorAddress::from(&validator.public_key);
        let signatures = extensions
            .extensions
            .iter()
            .filter(|(voter, _)| *voter == address);
        for (_, extension) in signatures {
            match builder.add(index, extension.message.0) {
                Ok(()) => break,
                Err(error) => {
                    tracing::warn!(%error, %header, round, validator = %index, "vote extension left out");
                }
            }
        }
    }
    builder.build()
}

#[cfg(test)]
mod tests;
