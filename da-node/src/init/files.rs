//! One node's keys and configuration.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use libp2p::PeerId;
use weft_chain::{PublicKey, ValidatorEntry};

use super::InitError;
use crate::config::DEFAULT_LOG_FILTER;
use crate::keys::{NETWORK_KEY, VALIDATOR_KEY, create_network_key, create_validator_key};

/// Ports that belong to one node.
pub(super) const PORTS_PER_NODE: u16 = 10;
/// Default port of the first node's API.
pub const DEFAULT_BASE_PORT: u16 = 9700;
/// Name of a configuration.
const CONFIG: &str = "weft.toml";
/// Stake of a new validator.
const STAKE: u64 = 1;

/// One node whose files were written.
#[derive(Debug, Clone)]
pub struct InitNode {
    /// Its configuration file.
    pub config: PathBuf,
    /// The listen address of its HTTP API.
    pub api: SocketAddr,
    /// Its identity in the network.
    pub peer: PeerId,
    /// Its validator key.
    pub public_key: PublicKey,
}

/// The ports of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ports {
    api: u16,
}

impl Ports {
    /// The ports of one node.
    pub(super) fn of_node(base_port: u16) -> Result<Self, InitError> {
        check(base_port, 1)?;
        Ok(Self { api: base_port })
    }

    /// The ports of `nodes` nodes from `base_port` on.
    pub(super) fn of_nodes(base_port: u16, nodes: usize) -> Result<Vec<Self>, InitError> {
        check(base_port, nodes)?;
        let apis = (base_port..).step_by(usize::from(PORTS_PER_NODE));
        Ok(apis.take(nodes).map(|api| Self { api }).collect())
    }

    fn peers(self) -> [String; 2] {
        let port = self.api + 1;
        [
            format!("/ip4/127.0.0.1/tcp/{port}"),
            format!("/ip4/127.0.0.1/udp/{port}/quic-v1"),
        ]
    }

    fn consensus(self) -> String {
        format!("/ip4/127.0.0.1/tcp/{}", self.api + 2)
    }
}

/// Checks that the ports of `nodes` nodes are valid.
fn check(base_port: u16, nodes: usize) -> Result<(), InitError> {
    let count = u32::try_from(nodes).unwrap_or(u32::MAX);
    let taken = count.saturating_mul(u32::from(PORTS_PER_NODE));
    let limit = (u32::from(u16::MAX) + 1).saturating_sub(taken);
    if base_port == 0 || u32::from(base_port) > limit {
        return Err(InitError::Ports {
            base_port,
            nodes,
            limit,
        });
    }
    Ok(())
}

/// Writes a node's keys and configuration to `folder`, and returns its validator entry.
///
/// `genesis` is the path of the genesis relative to `folder`.
pub(super) fn write_node(
    folder: &Path,
    name: &str,
    genesis: &str,
    ports: Ports,
) -> Result<(InitNode, ValidatorEntry), InitError> {
    let validator = create_validator_key(&folder.join(VALIDATOR_KEY))?;
    let network = create_network_key(&folder.join(NETWORK_KEY))?;
    let peer = network.public().to_peer_id();
    let config = folder.join(CONFIG);
    write_new(&config, configuration(genesis, ports).as_bytes())?;
    let node = InitNode {
        config,
        api: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.api)),
        peer,
        public_key: validator.public_key(),
    };
    let entry = ValidatorEntry {
        name: name.into(),
        public_key: validator.public_key(),
        proof_of_possession: validator.prove_possession(),
        stake: STAKE,
        peer_id: peer.to_string(),
        addresses: ports.peers().into(),
        consensus_addresses: vec![ports.consensus()],
    };
    Ok((node, entry))
}

fn configuration(genesis: &str, ports: Ports) -> String {
    let [tcp, quic] = ports.peers();
    let consensus = ports.consensus();
    let api = ports.api;
    format!(
        r#"# Relative paths are relative to this file.
data_dir = "data"
genesis = "{genesis}"
roles = ["validator", "gateway"]

[keys]
validator = "{VALIDATOR_KEY}"
network = "{NETWORK_KEY}"

[network]
listen = ["{tcp}", "{quic}"]
# The validators are dialled anyway; name others here.
bootstrap = []

[api]
listen = "127.0.0.1:{api}"

[orderer]
kind = "malachite"
# Others find this port in the genesis, or in the update that makes this node a validator.
listen = "{consensus}"
block_interval_ms = 1000

[log]
filter = "{DEFAULT_LOG_FILTER}"
format = "text"
"#
    )
}

/// Writes a file that must not exist yet, durably.
pub(super) fn write_new(path: &Path, text: &[u8]) -> Result<(), InitError> {
    let write = || {
        let mut file = std::fs::File::create_new(path)?;
        file.write_all(text)?;
        file.sync_all()
    };
    write().map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => InitError::Exists {
            path: path.to_path_buf(),
        },
        _ => InitError::Write {
            path: path.to_path_buf(),
            source,
        },
    })
}
