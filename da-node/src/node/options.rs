//! The options of a node.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use libp2p::multiaddr::Protocol;
use weft_chain::{Genesis, SecretKey};
use weft_custody::backfill::BackfillConfig;
use weft_custody::{CustodianConfig, Withholding};
use weft_gateway::GatewayConfig;
use weft_gateway::api::ApiLimits;
use weft_ledger::pool::PoolConfig;
use weft_ledger::sync::SyncConfig;
use weft_network::identity::Keypair;
use weft_network::{Deadlines, Limits, Multiaddr, ScoreConfig};

use crate::config::OrdererConfig;

/// Everything one node needs: its chain, its keys, its addresses.
///
/// [`NodeOptions::new`] gives a node that follows the chain, listens on a free loopback port and
/// serves no HTTP; the fields change that.
#[derive(Debug)]
pub struct NodeOptions {
    /// The chain.
    pub genesis: Genesis,
    /// Data folder of the node; created if missing.
    pub data_dir: PathBuf,
    /// Signs custody and blocks. `None`: this node is neither a validator nor a custodian.
    pub validator_key: Option<SecretKey>,
    /// The node's identity in the network.
    pub keypair: Keypair,
    /// Peer-to-peer addresses to listen on.
    pub listen: Vec<Multiaddr>,
    /// Addresses to advertise in addition to those listened on.
    pub external: Vec<Multiaddr>,
    /// Peers to dial at the start, in addition to the validators of the genesis.
    pub bootstrap: Vec<Multiaddr>,
    /// HTTP address; `None` serves no HTTP.
    pub api_listen: Option<SocketAddr>,
    /// Whether this node serves posts and reads. A gateway needs no validator key.
    pub gateway: bool,
    /// Long computations at once; one for each core if absent.
    pub workers: Option<NonZeroUsize>,
    /// Limits on peers and messages.
    pub limits: Limits,
    /// How long requests to peers may take.
    pub deadlines: Deadlines,
    /// When a peer is banned, and for how long.
    pub scores: ScoreConfig,
    /// Limits and deadlines of the HTTP interface.
    pub api_limits: ApiLimits,
    /// Limits and deadlines of the gateway.
    pub gateway_config: GatewayConfig,
    /// Bounds of the custodian.
    pub custodian: CustodianConfig,
    /// Limits and deadlines of the backfill.
    pub backfill: BackfillConfig,
    /// The engine that orders blocks, and its interval. A validator's Malachite needs an address.
    pub orderer: OrdererConfig,
    /// Limits of the pool of certified blobs.
    pub pool: PoolConfig,
    /// How missing blocks are fetched.
    pub sync: SyncConfig,
    /// Maximum that a proposed block's time may be ahead of this node's clock. 10 s by default.
    pub clock_drift: Duration,
    /// Fault injection for demonstrations and tests; never read from a configuration file.
    pub withholding: Option<Withholding>,
}

impl NodeOptions {
    /// A node of `genesis` in `data_dir` that only follows the chain, on a free loopback port.
    #[must_use]
    pub fn new(genesis: Genesis, data_dir: PathBuf, keypair: Keypair) -> Self {
        let loopback = Multiaddr::empty()
            .with(Protocol::Ip4(Ipv4Addr::LOCALHOST))
            .with(Protocol::Tcp(0));
        Self {
            genesis,
            data_dir,
            validator_key: None,
            keypair,
            listen: vec![loopback],
            external: Vec::new(),
            bootstrap: Vec::new(),
            api_listen: None,
            gateway: false,
            workers: None,
            limits: Limits::default(),
            deadlines: Deadlines::default(),
            scores: ScoreConfig::default(),
            api_limits: ApiLimits::default(),
            gateway_config: GatewayConfig::default(),
            custodian: CustodianConfig::default(),
            backfill: BackfillConfig::default(),
            orderer: OrdererConfig::default(),
            pool: PoolConfig::default(),
            sync: SyncConfig::default(),
            clock_drift: Duration::from_secs(10),
            withholding: None,
        }
    }
}
