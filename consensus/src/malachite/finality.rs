//! From the extensions of the deciding precommits to the finality certificate.

use arc_malachitebft_app::types::core::VoteExtensions;
use weft_chain::{
    CertificateBuilder, CertificateError, ChainId, FinalityCertificate, HeaderHash, ValidatorSet,
};

use super::types::{ValidatorAddress, WeftContext};

/// The finality certificate of a header that was decided in a round.
///
/// The engine has verified the extensions of all committers, so they form a quorum. One that does
/// not verify here is left out. Cost: two pairings per validator.
///
/// # Errors
/// [`CertificateError`] (local) when the valid ones form no quorum.
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
