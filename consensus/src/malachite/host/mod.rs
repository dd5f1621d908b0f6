//! The application's side of the engine: answers every request of Malachite through the
//! [`Application`] port.
//!
//! **Requests that may wait are answered in tasks, not on the actor.** Malachite's own channel
//! connector awaits each reply before it takes the next message, so a slow check of a block delays
//! the verification of votes. This actor spawns a task for such a message. The task sends the
//! reply, or drops it when there is none; the engine goes on meanwhile, and its timeouts decide.
//!
//! - `gather`: when the first height starts.
//! - `propose`: the block that this node proposes, and sending a block again.
//! - `receive`: blocks that proposers send; `intake`: how many at once.
//! - `decide`: votes' extensions, decisions, evidence, and the next height.
//! - `serve`: value sync, both sides.

mod decide;
mod gather;
mod intake;
mod propose;
mod receive;
mod serve;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_malachitebft_app::consensus::ProposedValue;
use arc_malachitebft_app::engine::consensus::ConsensusRef;
use arc_malachitebft_app::engine::host::{HeightParams, HostMsg};
use arc_malachitebft_app::engine::network::{NetworkMsg, NetworkRef};
use arc_malachitebft_app::streaming::{StreamContent, StreamId, StreamMessage};
use arc_malachitebft_app::types::PeerId as EnginePeerId;
use arc_malachitebft_app::types::core::{
    LinearTimeouts, Round, Validity, ValueOrigin, VoteExtensionPolicy,
};
use async_trait::async_trait;
use bytes::Bytes;
use libp2p::PeerId;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use weft_chain::{HeaderHash, Height, PublicKey, ValidatorIndex};

use self::intake::{Intake, Place};
use super::MalachiteError;
use super::context::WeftContext;
use super::parts::PartBook;
use super::signing::{WeftSigner, WeftVerifier};
use super::types::{BlockPart, ConsensusValidators, ConsensusValue, ValidatorAddress};
use crate::{Application, RoundProposers};

/// The times of a height.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeightTimes {
    pub(super) timeouts: LinearTimeouts,
    pub(super) block_interval: Duration,
}

/// The parts of the host.
#[derive(Debug)]
pub(super) struct HostParts {
    pub(super) application: Arc<dyn Application>,
    pub(super) context: WeftContext,
    pub(super) verifier: WeftVerifier,
    pub(super) signer: WeftSigner,
    pub(super) network: NetworkRef<WeftContext>,
    pub(super) times: HeightTimes,
    /// Receives errors that must stop the engine.
    pub(super) failed: mpsc::Sender<MalachiteError>,
    /// Ends the tasks.
    pub(super) stop: CancellationToken,
}

/// Answers the engine. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Host(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    parts: HostParts,
    /// Takes values that the engine has not asked for; set once the engine has started.
    consensus: OnceLock<ConsensusRef<WeftContext>>,
    /// Set once the engine listens.
    ready: CancellationToken,
    book: Mutex<PartBook>,
    intake: Arc<Intake>,
    /// When the first round of a height started.
    started: Mutex<Option<(Height, Instant)>>,
    /// The block after the head, if a peer has sent it as decided.
    synced: Mutex<Option<(Height, HeaderHash)>>,
    tasks: TaskTracker,
}

impl Host {
    pub(super) fn new(parts: HostParts) -> Self {
        Self(Arc::new(Shared {
            parts,
            consensus: OnceLock::new(),
            ready: CancellationToken::new(),
            book: Mutex::new(PartBook::default()),
            intake: Arc::new(Intake::default()),
            started: Mutex::new(None),
            synced: Mutex::new(None),
            tasks: TaskTracker::new(),
        }))
    }

    /// Connects the host to the consensus actor.
    pub(super) fn connect(&self, consensus: ConsensusRef<WeftContext>) {
        // The engine is started once.
        let _ = self.0.consensus.set(consensus);
    }

    /// Cancelled once the engine listens and has asked for its first height.
    pub(super) fn ready(&self) -> &CancellationToken {
        &self.0.ready
    }

    /// Ends the tasks that wait, and lets those that write finish.
    pub(super) async fn finish(&self) {
        self.0.parts.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Answers a message, in a task if the answer may wait.
    fn handle(&self, message: HostMsg<WeftContext>) {
        match message {
            HostMsg::ConsensusReady { reply_to } => {
                self.0.ready.cancel();
                self.spawn(|host| host.begin(reply_to));
            }
            // Answered at once, from memory: consensus itself waits here.
            HostMsg::StartedRound {
                height,
                round,
                reply_to,
                ..
            } => reply(reply_to, self.started_round(height.0, round)),
            HostMsg::GetValue {
                height,
                round,
                reply_to,
                ..
            } => self.spawn(|host| host.propose(height.0, round, reply_to)),
            HostMsg::ExtendVote {
                height,
                round,
                value_id,
                reply_to,
                ..
            } => self.spawn(move |host| host.extend_vote(height.0, round, value_id, reply_to)),
            // Each extension is a signature over exactly this scope, and the engine has verified
            // it as such. There is nothing else in it to refuse.
            HostMsg::VerifyVoteExtensions {
                extensions,
                reply_to,
                ..
            } => {
                let verdicts = extensions.into_iter().map(|(voter, _)| (voter, Ok(())));
                reply(reply_to, verdicts.collect());
            }
            HostMsg::RestreamValue {
                height,
                round,
                value_id,
                ..
            } => self.spawn(move |host| host.restream(height.0, round, value_id)),
            HostMsg::GetHistoryMinHeight { reply_to } => {
                self.spawn(|host| host.history_min_height(reply_to));
            }
            HostMsg::ReceivedProposalPart {
                from,
                part,
                reply_to,
                ..
            } => {
                let Some(part) = part.content.into_data() else {
                    return;
                };
                let Some(place) = self.place_for(from) else {
                    tracing::debug!(peer = %from, height = %part.height, "proposed block dropped: too many at once");
                    return;
                };
                self.spawn(|host| async move {
                    host.receive(part, reply_to).await;
                    drop(place);
                });
            }
            HostMsg::Decided {
                certificate,
                extensions,
                reply_to,
            } => self.spawn(|host| host.decided(certificate, extensions, reply_to)),
            HostMsg::Finalized {
                certificate,
                evidence,
                reply_to,
                ..
            } => self.spawn(|host| host.finalized(certificate.height.0, evidence, reply_to)),
            HostMsg::GetDecidedValues { range, reply_to } => {
                self.spawn(|host| host.decided_values(range, reply_to));
            }
            HostMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply_to,
            } => self.spawn(move |host| {
                host.synced_value(height.0, round, proposer, value_bytes, reply_to)
            }),
        }
    }

    /// A slot for a block that this peer sent.
    fn place_for(&self, from: EnginePeerId) -> Option<Place> {
        let peer = PeerId::from_bytes(&from.to_bytes()).ok()?;
        let is_stranger = self
            .0
            .parts
            .application
            .directory()
            .by_peer(&peer)
            .is_none();
        self.0.intake.take(peer, is_stranger)
    }

    fn spawn<F, T>(&self, task: F)
    where
        F: FnOnce(Self) -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        self.0.tasks.spawn(task(self.clone()));
    }

    fn application(&self) -> &Arc<dyn Application> {
        &self.0.parts.application
    }

    fn signer(&self) -> &WeftSigner {
        &self.0.parts.signer
    }

    fn book(&self) -> MutexGuard<'_, PartBook> {
        // The book holds only bounds and hints, so any state after a panic is safe.
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the engine with an error. This node could lose data that it must keep if it went on.
    fn fail(&self, error: MalachiteError) {
        tracing::error!(%error, "consensus cannot go on");
        // The first failure is the one that is reported.
        let _ = self.0.parts.failed.try_send(error);
    }

    fn height_params(&self, height: Height) -> HeightParams<WeftContext> {
        let HeightTimes {
            timeouts,
            block_interval,
        } = self.0.parts.times;
        let set = self.application().validator_sets().at(height);
        let set = ConsensusValidators::new(set);
        HeightParams::new(set, timeouts, Some(block_interval))
            .with_vote_extension_policy(VoteExtensionPolicy::Required)
    }

    /// Records the start of a round. Returns the values that proposers sent for it earlier, and
    /// checks the parts that came before their height.
    fn started_round(&self, height: Height, round: Round) -> Vec<ProposedValue<WeftContext>> {
        let Some(round) = round.as_u32() else {
            return Vec::new();
        };
        self.application().metrics().round.set(i64::from(round));
        if round == 0 {
            let mut started = self
                .0
                .started
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *started = Some((height, Instant::now()));
        }
        let (early, settled) = {
            let mut book = self.book();
            book.started(height, round);
            (book.take_early(height), book.settled(height, round))
        };
        for part in early {
            self.spawn(|host| host.receive_early(part));
        }
        settled
            .into_iter()
            .map(|(header, validity)| self.value(height, round, header, validity))
            .collect()
    }

    /// The value of a header that a round's proposer proposed.
    fn value(
        &self,
        height: Height,
        round: u32,
        header: HeaderHash,
        validity: Validity,
    ) -> ProposedValue<WeftContext> {
        let (_, proposer) = self.proposer(height, round);
        ProposedValue {
            height: height.into(),
            round: Round::new(round),
            valid_round: Round::Nil,
            proposer: ValidatorAddress::from(&proposer),
            value: ConsensusValue(header),
            validity,
        }
    }

    /// Tells consensus of a value that it has not asked for.
    fn tell(&self, value: ProposedValue<WeftContext>) {
        use arc_malachitebft_app::engine::consensus::ConsensusMsg;
        let Some(consensus) = self.0.consensus.get() else {
            return;
        };
        let message = ConsensusMsg::ReceivedProposedValue(value, ValueOrigin::Consensus);
        if consensus.cast(message).is_err() {
            tracing::debug!("a value came after the engine stopped");
        }
    }

    /// The proposer of a round.
    fn proposer(&self, height: Height, round: u32) -> (ValidatorIndex, PublicKey) {
        let set = self.application().validator_sets().at(height);
        let proposers = self.0.parts.context.proposers();
        let index = proposers.proposer(height, round, &set);
        let validator = set
            .get(index)
            .expect("the order of proposers is a permutation of this set");
        (index, validator.public_key)
    }

    fn round_proposers(&self, height: Height, round: u32) -> RoundProposers {
        let set = self.application().validator_sets().at(height);
        self.0
            .parts
            .context
            .proposers()
            .of_round(height, round, &set)
    }

    /// Gossips a part, as a stream of one message.
    fn publish(&self, part: BlockPart) {
        // The stream id comes from its content, because it only has to differ between parts.
        let id = [
            part.height.0.get().to_be_bytes().as_slice(),
            &part.round.to_be_bytes(),
            &part.header_hash.as_bytes()[..8],
        ]
        .concat();
        let message =
            StreamMessage::new(StreamId::new(Bytes::from(id)), 0, StreamContent::Data(part));
        let message = NetworkMsg::PublishProposalPart(message);
        if self.0.parts.network.cast(message).is_err() {
            tracing::debug!("a block was proposed after the engine stopped");
        }
    }
}

/// Sends an answer. The receiver is gone once the engine has stopped.
fn reply<T>(port: RpcReplyPort<T>, answer: T) {
    if port.send(answer).is_err() {
        tracing::debug!("an answer came after the engine stopped");
    }
}

/// The actor that Malachite talks to.
#[derive(Debug)]
pub(super) struct HostActor {
    host: Host,
    /// Signals that the actor has ended, for whatever reason.
    _ended: DropGuard,
}

impl HostActor {
    pub(super) fn new(host: Host, ended: CancellationToken) -> Self {
        Self {
            host,
            _ended: ended.drop_guard(),
        }
    }
}

#[async_trait]
impl Actor for HostActor {
    type Msg = HostMsg<WeftContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Self::Msg>,
        message: Self::Msg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        self.host.handle(message);
        Ok(())
    }
}
