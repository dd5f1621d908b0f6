//! A whole network in one process: custodian validators, gateways and their addresses, over real
//! sockets on loopback and real databases in a folder.
//!
//! `weft demo`, `weft devnet` and the end-to-end tests all use it. The folder keeps everything: a
//! restart on it resumes the network with its keys, blobs and blocks.
//!
//! ```text
//!  data-dir/
//!    genesis.json        chain, validators, and the addresses of this run
//!    validator-I/        keys and store of validator I
//!    gateway-I/          keys and store of gateway I
//! ```

mod folder;
mod ports;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use futures::future::select_all;
use libp2p::Multiaddr;
use weft_chain::Genesis;
use weft_custody::Withholding;

use crate::config::{OrdererConfig, OrdererKind};
use crate::node::{Node, NodeError, NodeOptions, ServiceEnded};

pub use self::folder::FolderError;

use self::folder::{Folder, Member};
use self::ports::KeptPort;

/// Where every node listens: free ports on loopback, TCP and QUIC.
const LISTEN: [&str; 2] = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"];

/// The network to start.
#[derive(Clone, Debug)]
pub struct DevnetOptions {
    /// The network's folder.
    pub data_dir: PathBuf,
    /// Validators, all of equal stake, all custodians.
    pub validators: NonZeroUsize,
    /// HTTP addresses of the gateways, one per gateway; port 0 takes a free port.
    pub gateways: Vec<SocketAddr>,
    /// The engine and its block interval. Each Malachite engine gets a free port.
    pub orderer: OrdererConfig,
    /// Fault injection: validators, and all gateways except the last, withhold these cells. The
    /// last gateway stays honest, to read what the others withhold.
    pub withholding: Option<Withholding>,
}

/// A running network.
#[derive(Debug)]
pub struct Devnet {
    genesis: Genesis,
    genesis_path: PathBuf,
    validators: Vec<Node>,
    gateways: Vec<Node>,
    _ports: Vec<KeptPort>,
}

/// Why a network did not start.
#[derive(Debug, thiserror::Error)]
pub enum DevnetError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No free port (local).
    #[error("no free port for consensus")]
    Port(#[source] std::io::Error),
    /// A node did not start.
    #[error("{name}: {source}")]
    Node {
        /// The node.
        name: String,
        /// The cause.
        #[source]
        source: NodeError,
    },
}

/// A node of a network lost a service (local).
#[derive(Debug, thiserror::Error)]
#[error("{name}")]
pub struct NodeFailed {
    /// The node.
    pub name: String,
    /// The service that it lost.
    pub source: ServiceEnded,
}

impl Devnet {
    /// Starts the validators, then the gateways. Each node knows the addresses of the earlier ones.
    ///
    /// # Errors
    /// [`DevnetError`] (local, or caller for a folder of another network).
    pub async fn start(options: DevnetOptions) -> Result<Self, DevnetError> {
        let folder = Folder::open(&options.data_dir, options.validators.get())?;
        let mut genesis = folder.genesis().clone();
        let ports = options.take_ports().map_err(DevnetError::Port)?;
        for (validator, port) in genesis.validators.iter_mut().zip(&ports) {
            validator.consensus_addresses = vec![port.address().to_string()];
        }
        let mut bootstrap = Vec::new();
        let mut validators = Vec::new();
        for index in 0..options.validators.get() {
            let member = folder.validator(index)?;
            let mut node = options.node(&genesis, member, &bootstrap);
            node.withholding = options.withholding;
            if let OrdererKind::Malachite(malachite) = &mut node.orderer.kind {
                malachite.listen = ports.get(index).map(KeptPort::address);
            }
            let node = start(validator_name(index), node).await?;
            genesis.validators[index].addresses =
                node.p2p_addrs().iter().map(ToString::to_string).collect();
            bootstrap.extend(node.p2p_addrs().iter().cloned());
            validators.push(node);
        }
        let mut gateways = Vec::new();
        for (index, api) in options.gateways.iter().enumerate() {
            let mut node = options.node(&genesis, folder.gateway(index)?, &bootstrap);
            node.gateway = true;
            node.api_listen = Some(*api);
            let honest = index + 1 == options.gateways.len();
            node.withholding = options.withholding.filter(|_| !honest);
            gateways.push(start(gateway_name(index), node).await?);
        }
        let genesis_path = folder.write_genesis(&genesis)?;
        Ok(Self {
            genesis,
            genesis_path,
            validators,
            gateways,
            _ports: ports,
        })
    }

    /// The genesis, with the addresses of this run.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The genesis file.
    #[must_use]
    pub fn genesis_path(&self) -> &std::path::Path {
        &self.genesis_path
    }

    /// The validators.
    #[must_use]
    pub fn validators(&self) -> &[Node] {
        &self.validators
    }

    /// The gateways.
    #[must_use]
    pub fn gateways(&self) -> &[Node] {
        &self.gateways
    }

    /// Peer-to-peer addresses of all nodes.
    #[must_use]
    pub fn p2p_addrs(&self) -> Vec<Multiaddr> {
        self.validators
            .iter()
            .chain(&self.gateways)
            .flat_map(|node| node.p2p_addrs().to_vec())
            .collect()
    }

    /// Waits until a node loses a service, and returns both; see [`Node::failed`].
    pub async fn failed(&self) -> NodeFailed {
        let validators = self.validators.iter().enumerate();
        let gateways = self.gateways.iter().enumerate();
        let named = validators
            .map(|(index, node)| (validator_name(index), node))
            .chain(gateways.map(|(index, node)| (gateway_name(index), node)));
        let failures = named.map(|(name, node)| {
            Box::pin(async move {
                let source = node.failed().await;
                NodeFailed { name, source }
            })
        });
        // Not empty: every network has a validator.
        select_all(failures).await.0
    }

    /// Stops all nodes, gateways first, and waits until their stores are closed.
    pub async fn shutdown(self) {
        for node in self.gateways.into_iter().chain(self.validators) {
            node.shutdown().await;
        }
    }
}

impl DevnetOptions {
    /// A port for each validator's engine, if it has one.
    fn take_ports(&self) -> std::io::Result<Vec<KeptPort>> {
        match self.orderer.kind {
            OrdererKind::Malachite(_) => (0..self.validators.get())
                .map(|_| KeptPort::take())
                .collect(),
            OrdererKind::Solo => Ok(Vec::new()),
        }
    }

    fn node(&self, genesis: &Genesis, member: Member, bootstrap: &[Multiaddr]) -> NodeOptions {
        let mut node = NodeOptions::new(genesis.clone(), member.data_dir, member.keypair);
        node.validator_key = member.validator_key;
        node.bootstrap = bootstrap.to_vec();
        node.listen = LISTEN
            .iter()
            .map(|text| text.parse().expect("a legal address"))
            .collect();
        node.orderer = self.orderer.clone();
        node
    }
}

fn validator_name(index: usize) -> String {
    format!("validator {index}")
}

fn gateway_name(index: usize) -> String {
    format!("gateway {index}")
}

async fn start(name: String, options: NodeOptions) -> Result<Node, DevnetError> {
    Node::start(options)
        .await
        .map_err(|source| DevnetError::Node { name, source })
}
