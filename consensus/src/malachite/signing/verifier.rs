//! Verifying the signatures of others.

use arc_malachitebft_app::types::core::{SigningScheme, ValidatorProof, VoteExtensionScope};
use arc_malachitebft_signing::{Error, VerificationResult, Verifier};
use async_trait::async_trait;
use weft_chain::{ChainId, PublicKey, Signature, SigningMessage, finality_message};
use weft_ledger::ValidatorSets;

use super::{VerifiedSignatures, preimage};
use crate::malachite::types::{Bls, FinalitySignature, Proposal, Vote, WeftContext};

/// Verifies received consensus messages. Cheap to clone; clones share one cache.
#[derive(Clone, Debug)]
pub(crate) struct WeftVerifier {
    chain_id: ChainId,
    sets: ValidatorSets,
    verified: VerifiedSignatures,
}

impl WeftVerifier {
    /// Verifies for a chain with these sets.
    #[must_use]
    pub(crate) fn new(chain_id: ChainId, sets: ValidatorSets) -> Self {
        Self {
            chain_id,
            sets,
            verified: VerifiedSignatures::default(),
        }
    }

    /// Whether the proposer of a round signed the block it sends.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub(crate) async fn verify_block(
        &self,
        part: &crate::malachite::types::BlockPart,
        proposer: PublicKey,
    ) -> Result<bool, Error> {
        let message = preimage::block(&self.chain_id, part.height.0, part.round, &part.header_hash);
        let result = self.verify(message, part.signature, proposer).await?;
        Ok(result.is_valid())
    }

    async fn verify(
        &self,
        message: SigningMessage,
        signature: Signature,
        key: PublicKey,
    ) -> Result<VerificationResult, Error> {
        self.verified
            .verify(message, signature, key)
            .await
            .map(VerificationResult::from_bool)
            .ok_or_else(Error::new)
    }
}

#[async_trait]
impl Verifier<WeftContext> for WeftVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let message = preimage::vote(&self.chain_id, vote);
        self.verify(message, *signature, *key).await
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let message = preimage::proposal(&self.chain_id, proposal);
        self.verify(message, *signature, *key).await
    }

    async fn verify_signed_vote_extension(
        &self,
        scope: &VoteExtensionScope<WeftContext>,
        extension: &FinalitySignature,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        let Some(round) = scope.round.as_u32().filter(|_| extension.0 == *signature) else {
            return Ok(VerificationResult::Invalid);
        };
        let root = self.sets.at(scope.height.0).root();
        let message = finality_message(&self.chain_id, &scope.value_id, round, &root);
        self.verify(message, *signature, *key).await
    }

    async fn verify_validator_proof(
        &self,
        proof: &ValidatorProof<WeftContext>,
    ) -> Result<VerificationResult, Error> {
        let Ok(key) = Bls::decode_public_key(&proof.public_key) else {
            return Ok(VerificationResult::Invalid);
        };
        let message = preimage::validator(&self.chain_id, &proof.public_key, &proof.peer_id);
        self.verify(message, proof.signature, key).await
    }
}
