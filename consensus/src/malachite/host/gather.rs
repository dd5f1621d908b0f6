//! The start: the first height begins when enough validators are connected to decide it.
//!
//! A proposal that is gossiped before the peers are connected is lost, and costs the height a
//! round, or several while nodes start one after the other.

use std::collections::BTreeSet;
use std::time::Duration;

use arc_malachitebft_app::engine::host::HeightParams;
use arc_malachitebft_app::engine::network::NetworkMsg;
use libp2p::PeerId;
use ractor::RpcReplyPort;
use ractor::rpc::CallResult;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{Host, reply};
use crate::malachite::types::{ConsensusHeight, WeftContext};

/// How long to wait for the others. Without them nothing is decided anyway, but a node that
/// miscounts them must not wait for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the engine is asked for its connected peers.
const PACE: Duration = Duration::from_millis(100);

/// Size of the gossip mesh that is enough to reach all peers. In large sets the mesh never has two
/// thirds of the stake.
const MESH: usize = 4;

impl Host {
    /// Answers with the first height once more than two thirds of its stake is connected, or after
    /// [`PATIENCE`].
    pub(super) async fn begin(
        self,
        port: RpcReplyPort<(ConsensusHeight, HeightParams<WeftContext>)>,
    ) {
        let gathered = timeout(PATIENCE, self.gathered());
        tokio::select! {
            () = self.0.parts.stop.cancelled() => return,
            outcome = gathered => if outcome.is_err() {
                tracing::warn!("consensus starts without two thirds of the stake connected");
            }
        }
        let next = self.application().head().next_height();
        reply(port, (next.into(), self.height_params(next)));
    }

    async fn gathered(&self) {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            let present = self.present().await;
            let application = self.application();
            let set = application
                .validator_sets()
                .at(application.head().next_height());
            let directory = application.directory();
            let own = application.validator();
            let stake_of = |peers: &BTreeSet<PeerId>| {
                let is_there = |key| {
                    directory
                        .by_key(key)
                        .is_some_and(|contact| peers.contains(&contact.peer))
                };
                set.iter()
                    .filter(|(index, validator)| {
                        Some(*index) == own || is_there(&validator.public_key)
                    })
                    .map(|(_, validator)| validator.stake)
                    .sum()
            };
            let is_heard =
                present.meshed.len() >= MESH || set.has_quorum(stake_of(&present.meshed));
            if is_heard && set.has_quorum(stake_of(&present.connected)) {
                return;
            }
        }
    }

    async fn present(&self) -> Present {
        let network = &self.0.parts.network;
        let mut present = Present::default();
        if let Ok(CallResult::Success(Some(state))) =
            network.call(NetworkMsg::DumpState, Some(PACE)).await
        {
            for (peer, info) in state.peers {
                present.connected.insert(peer);
                if !info.topics.is_empty() {
                    present.meshed.insert(peer);
                }
            }
        }
        present
    }
}

/// The connected peers.
#[derive(Debug, Default)]
struct Present {
    connected: BTreeSet<PeerId>,
    /// The peers in the gossip mesh.
    meshed: BTreeSet<PeerId>,
}
