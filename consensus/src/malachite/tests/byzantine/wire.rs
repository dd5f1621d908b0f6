//! The messages that a byzantine validator sends beside its engine, and those that it receives.

use std::sync::{Arc, Mutex};

use arc_malachitebft_app::consensus::SignedConsensusMsg;
use arc_malachitebft_app::engine::network::{NetworkEvent, NetworkMsg, NetworkRef};
use arc_malachitebft_app::streaming::{StreamContent, StreamId, StreamMessage};
use arc_malachitebft_app::types::core::{NilOrVal, Round, VoteType};
use arc_malachitebft_signing::Signer;
use async_trait::async_trait;
use bytes::Bytes;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use weft_chain::{Block, Canonical, HeaderHash, Height};

use crate::malachite::types::{BlockPart, ConsensusValue, Proposal, ValidatorAddress, Vote};
use crate::malachite::{WeftContext, WeftSigner};

/// The validator's own connections, and its key.
#[derive(Clone, Debug)]
pub(super) struct Wire {
    network: NetworkRef<WeftContext>,
    signer: WeftSigner,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// A vote for a header that another validator sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) voter: ValidatorAddress,
    pub(super) header: HeaderHash,
}

impl Wire {
    /// Sends and receives through an engine's network.
    pub(super) async fn open(network: NetworkRef<WeftContext>, signer: WeftSigner) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Ear(Arc::clone(&heard));
        let (ear, _) = Actor::spawn(None, ear, ()).await.unwrap();
        network.cast(NetworkMsg::Subscribe(Box::new(ear))).unwrap();
        Self {
            network,
            signer,
            heard,
        }
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Sends these bytes as the block of a header, signed as the round's proposer.
    pub(super) async fn part(&self, height: Height, round: u32, header: HeaderHash, block: Bytes) {
        let signature = self.signer.sign_block(height, round, header).await.unwrap();
        let part = BlockPart {
            height: height.into(),
            round,
            header_hash: header,
            signature,
            block,
        };
        let id = StreamId::new(Bytes::from_owner(rand::random::<[u8; 16]>()));
        let message = StreamMessage::new(id, 0, StreamContent::Data(part));
        self.network
            .cast(NetworkMsg::PublishProposalPart(message))
            .unwrap();
    }

    pub(super) async fn proposal(&self, height: Height, round: u32, header: HeaderHash) {
        let proposal = Proposal {
            height: height.into(),
            round: Round::new(round),
            value: ConsensusValue(header),
            pol_round: Round::Nil,
            proposer: *self.signer.address(),
        };
        let signed = self.signer.sign_proposal(proposal).await.unwrap();
        self.say(SignedConsensusMsg::Proposal(signed));
    }

    /// Proposes a block as the engine does: the part, then the proposal.
    pub(super) async fn propose(&self, block: &Block, round: u32) {
        let (height, header) = (block.header.height, block.header.hash());
        let bytes = Bytes::from(block.encode());
        self.part(height, round, header, bytes).await;
        self.proposal(height, round, header).await;
    }

    pub(super) async fn prevote(&self, height: Height, round: u32, value: NilOrVal<HeaderHash>) {
        let vote = Vote {
            vote_type: VoteType::Prevote,
            height: height.into(),
            round: Round::new(round),
            value,
            voter: *self.signer.address(),
            extension: None,
        };
        let signed = self.signer.sign_vote(vote).await.unwrap();
        self.say(SignedConsensusMsg::Vote(signed));
    }

    fn say(&self, message: SignedConsensusMsg<WeftContext>) {
        let message = NetworkMsg::PublishConsensusMsg(message);
        self.network.cast(message).unwrap();
    }
}

struct Ear(Arc<Mutex<Vec<Heard>>>);

#[async_trait]
impl Actor for Ear {
    type Msg = NetworkEvent<WeftContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Self::Msg>,
        event: Self::Msg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        if let NetworkEvent::Vote(_, vote) = event
            && let NilOrVal::Val(header) = vote.message.value
        {
            let voter = vote.message.voter;
            self.0.lock().unwrap().push(Heard { voter, header });
        }
        Ok(())
    }
}
