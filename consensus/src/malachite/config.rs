//! The engine's configuration, and its translation to Malachite's.

use std::path::PathBuf;
use std::time::Duration;

use arc_malachitebft_app::config::{
    ChannelNames, ConsensusConfig, DiscoveryConfig, P2pConfig, ProtocolNames,
    PubSubMaxSizePerTopic, ValuePayload, ValueSyncConfig,
};
use arc_malachitebft_app::types::core::LinearTimeouts;
use bytesize::ByteSize;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use weft_chain::{Block, Canonical, ChainId};

use super::MalachiteError;
use super::codec::{MAX_COMMIT_PROOF_BYTES, MAX_PART_BYTES};

/// File name of the write-ahead log in the data folder.
const WAL_FILE: &str = "consensus.wal";

/// Connections from one address. Validators behind one NAT, in one cluster or on one machine share
/// an address, and Malachite's default of 5 would cut some of them off.
const CONNECTIONS_PER_ADDRESS: usize = 4_096;

/// Peer slots: more than the largest validator set, so that no validator loses its slot.
const PEER_SLOTS: usize = 2_048;

/// Decided blocks asked for in one request of value sync.
pub(super) const SYNC_BATCH: usize = 16;

/// Messages per validator that a lagging node buffers for one later height: two votes and a
/// proposal in each of four rounds. The total follows from the validator set at the engine's start;
/// four rounds leave a set that has grown since room for at least one.
const MESSAGES_PER_VALIDATOR: usize = 4 * 3;

/// What gossip adds to a message: topic, sender, sequence number, signature.
const ENVELOPE_BYTES: usize = 4 * 1024;

/// Votes, proposals and certificates: at most two signatures for each of 1,024 validators.
const MESSAGE_BYTES: usize = 512 * 1024;

/// Configuration of the engine.
#[derive(Clone, Debug)]
pub struct MalachiteConfig {
    /// Where consensus listens: TCP or QUIC, a port of its own.
    pub listen: Multiaddr,
    /// The node's data folder, which holds the write-ahead log.
    pub data_dir: PathBuf,
    /// The node's name in its peers' logs.
    pub moniker: String,
    /// Time that a height takes without failed rounds.
    pub block_interval: Duration,
    /// How long a round waits for its proposal.
    pub propose_timeout: Duration,
    /// What each further round adds to that.
    pub propose_delta: Duration,
    /// How long a round waits for more votes once two thirds have voted without agreement.
    pub vote_timeout: Duration,
    /// What each further round adds to that.
    pub vote_delta: Duration,
    /// How often this node sends its decided height to its peers.
    pub status_interval: Duration,
}

impl MalachiteConfig {
    /// The defaults: a block a second; a proposal within 2 s, votes within 1 s, half a second more
    /// in each round.
    #[must_use]
    pub fn new(listen: Multiaddr, data_dir: PathBuf) -> Self {
        Self {
            listen,
            data_dir,
            moniker: "weft".into(),
            block_interval: Duration::from_secs(1),
            propose_timeout: Duration::from_secs(2),
            propose_delta: Duration::from_millis(500),
            vote_timeout: Duration::from_secs(1),
            vote_delta: Duration::from_millis(500),
            status_interval: Duration::from_secs(5),
        }
    }

    pub(super) fn check(&self) -> Result<(), MalachiteError> {
        let transport =
            |protocol: Protocol<'_>| matches!(protocol, Protocol::Tcp(_) | Protocol::QuicV1);
        // Malachite panics on an address without a transport.
        if !self.listen.iter().any(transport) {
            return Err(MalachiteError::Listen {
                address: self.listen.clone(),
            });
        }
        Ok(())
    }

    pub(super) fn wal_path(&self) -> PathBuf {
        self.data_dir.join(WAL_FILE)
    }

    pub(super) fn timeouts(&self) -> LinearTimeouts {
        LinearTimeouts {
            propose: self.propose_timeout,
            propose_delta: self.propose_delta,
            prevote: self.vote_timeout,
            prevote_delta: self.vote_delta,
            precommit: self.vote_timeout,
            precommit_delta: self.vote_delta,
            rebroadcast: self.propose_timeout + 2 * self.vote_timeout,
            ..LinearTimeouts::default()
        }
    }

    /// Malachite's settings of consensus and its network.
    ///
    /// Names of protocols and topics include the chain, so nodes of different chains never
    /// communicate. Peers come only from the directory; discovery is off. A block is gossiped
    /// whole, so the message limit of its topic, and of no other, follows from the largest block.
    pub(super) fn consensus(
        &self,
        chain_id: &ChainId,
        validators: usize,
        peers: Vec<Multiaddr>,
    ) -> ConsensusConfig {
        let defaults = ConsensusConfig::default();
        let protocol = |name: &str| format!("/weft/{}/consensus/{name}/1", chain_id.as_str());
        let channel = |name: &str| format!("/weft/{}/consensus/{name}", chain_id.as_str());
        ConsensusConfig {
            enabled: true,
            queue_per_height_capacity: defaults
                .queue_per_height_capacity
                .max(validators * MESSAGES_PER_VALIDATOR),
            value_payload: ValuePayload::ProposalAndParts,
            p2p: P2pConfig {
                listen_addr: self.listen.clone(),
                persistent_peers: peers,
                persistent_peers_only: false,
                discovery: DiscoveryConfig {
                    enabled: false,
                    num_outbound_peers: PEER_SLOTS,
                    num_inbound_peers: PEER_SLOTS,
                    max_connections_per_ip: CONNECTIONS_PER_ADDRESS,
                    ip_throttle_duration: Duration::ZERO,
                    ..DiscoveryConfig::default()
                },
                pubsub_max_size: bytes(MAX_PART_BYTES + 2 * ENVELOPE_BYTES),
                pubsub_max_size_per_topic: PubSubMaxSizePerTopic {
                    consensus: Some(bytes(MESSAGE_BYTES)),
                    proposal_parts: Some(bytes(MAX_PART_BYTES)),
                    liveness: Some(bytes(MESSAGE_BYTES)),
                },
                rpc_max_size: bytes(self.max_response() + ENVELOPE_BYTES),
                protocol_names: ProtocolNames {
                    consensus: protocol("gossip"),
                    discovery_kad: protocol("kad"),
                    discovery_regres: protocol("peers"),
                    sync: protocol("sync"),
                    validator_proof: protocol("validator"),
                },
                channel_names: ChannelNames {
                    consensus: channel("messages"),
                    proposal_parts: channel("blocks"),
                    sync: channel("status"),
                    liveness: channel("liveness"),
                },
                ..P2pConfig::default()
            },
            ..defaults
        }
    }

    /// Malachite's settings of value sync.
    pub(super) fn value_sync(&self) -> ValueSyncConfig {
        ValueSyncConfig {
            enabled: true,
            status_update_interval: self.status_interval,
            max_response_size: bytes(self.max_response()),
            batch_size: SYNC_BATCH,
            ..ValueSyncConfig::default()
        }
    }

    /// Two of the largest blocks with their proofs: one always fits.
    pub(super) fn max_response(&self) -> usize {
        2 * (Block::MAX_BYTES + MAX_COMMIT_PROOF_BYTES + ENVELOPE_BYTES)
    }
}

fn bytes(len: usize) -> ByteSize {
    ByteSize::b(u64::try_from(len).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_of_the_largest_set_is_kept_whole() {
        let listen: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().expect("an address");
        let config = MalachiteConfig::new(listen, PathBuf::new());
        let chain_id = "weft-test".parse().expect("a chain id");
        let capacity = |validators| {
            let consensus = config.consensus(&chain_id, validators, Vec::new());
            consensus.queue_per_height_capacity
        };
        // Malachite's default, which is many rounds of a small set.
        assert_eq!(
            capacity(4),
            ConsensusConfig::default().queue_per_height_capacity
        );
        for validators in [100, 250, weft_chain::MAX_VALIDATORS] {
            // A proposal and two votes of each validator, for several rounds.
            assert!(
                capacity(validators) >= 3 * (2 * validators + 1),
                "{validators}"
            );
        }
    }
}
