//! Signing, with the validator's key.

use std::fmt;

use arc_malachitebft_app::types::core::{
    SignedExtension, SignedProposal, SignedVote, ValidatorProof, VoteExtensionScope,
};
use arc_malachitebft_signing::{Error, Signer};
use async_trait::async_trait;
use weft_chain::{ChainId, HeaderHash, Height, SecretKey, Signature, SigningMessage};

use super::preimage;
use crate::malachite::types::{FinalitySignature, Proposal, ValidatorAddress, Vote, WeftContext};

/// Signs consensus messages.
#[derive(Clone)]
pub(crate) struct WeftSigner {
    chain_id: ChainId,
    key: SecretKey,
    address: ValidatorAddress,
}

impl WeftSigner {
    /// Signs for a chain with a key.
    #[must_use]
    pub(crate) fn new(chain_id: ChainId, key: SecretKey) -> Self {
        let address = ValidatorAddress::from(&key.public_key());
        Self {
            chain_id,
            key,
            address,
        }
    }

    /// The validator that signs.
    #[must_use]
    pub(crate) fn address(&self) -> &ValidatorAddress {
        &self.address
    }

    /// Signs a block that is proposed in a round.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub(crate) async fn sign_block(
        &self,
        height: Height,
        round: u32,
        header_hash: HeaderHash,
    ) -> Result<Signature, Error> {
        self.sign(preimage::block(&self.chain_id, height, round, &header_hash))
            .await
    }

    async fn sign(&self, message: SigningMessage) -> Result<Signature, Error> {
        let key = self.key.clone();
        tokio::task::spawn_blocking(move || key.sign(&message))
            .await
            .map_err(Error::from_source)
    }
}

#[async_trait]
impl Signer<WeftContext> for WeftSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedVote<WeftContext>, Error> {
        let signature = self.sign(preimage::vote(&self.chain_id, &vote)).await?;
        Ok(SignedVote::new(vote, signature))
    }

    async fn sign_proposal(
        &self,
        proposal: Proposal,
    ) -> Result<SignedProposal<WeftContext>, Error> {
        let message = preimage::proposal(&self.chain_id, &proposal);
        let signature = self.sign(message).await?;
        Ok(SignedProposal::new(proposal, signature))
    }

    // The extension is the signature that the application made, under its lock of (height, round).
    async fn sign_vote_extension(
        &self,
        _scope: VoteExtensionScope<WeftContext>,
        extension: FinalitySignature,
    ) -> Result<SignedExtension<WeftContext>, Error> {
        Ok(SignedExtension::new(extension, extension.0))
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<WeftContext>, Error> {
        let message = preimage::validator(&self.chain_id, &public_key, &peer_id);
        let signature = self.sign(message).await?;
        Ok(ValidatorProof::new(public_key, peer_id, signature))
    }
}

// The key must not appear in logs.
impl fmt::Debug for WeftSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeftSigner")
            .field("chain_id", &self.chain_id)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
