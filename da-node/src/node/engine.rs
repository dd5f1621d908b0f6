//! The engine that the configuration names.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use weft_chain::SecretKey;
use weft_network::NetworkHandle;
use weft_network::identity::Keypair;

use super::NodeError;
use super::follower::Follower;
use crate::config::{MalachiteSettings, OrdererConfig, OrdererKind};
use crate::orderer::malachite::{MalachiteConfig, MalachiteOrderer};
use crate::orderer::solo::{SoloConfig, SoloOrderer};
use crate::orderer::{Application, Orderer, OrdererMetrics};

/// What an engine is made of.
pub(super) struct EngineParts {
    pub(super) config: OrdererConfig,
    pub(super) application: Arc<dyn Application>,
    pub(super) network: NetworkHandle,
    pub(super) metrics: OrdererMetrics,
    pub(super) keypair: Keypair,
    pub(super) key: Option<SecretKey>,
    pub(super) data_dir: PathBuf,
}

/// Makes the engine; it runs once it is told to.
pub(super) fn make(parts: EngineParts) -> Result<Arc<dyn Orderer>, NodeError> {
    match (parts.config.kind.clone(), parts.key.clone()) {
        (OrdererKind::Solo, _) => Ok(Arc::new(solo(parts)?)),
        (OrdererKind::Malachite(settings), Some(key)) => {
            Ok(Arc::new(malachite(parts, settings, key)?))
        }
        (OrdererKind::Malachite(_), None) => Ok(Arc::new(Follower {
            followed: "malachite",
        })),
    }
}

fn solo(parts: EngineParts) -> Result<SoloOrderer, NodeError> {
    let config = SoloConfig {
        block_interval: parts.config.block_interval,
        ..SoloConfig::default()
    };
    let directory = parts.application.directory().clone();
    let EngineParts {
        application,
        network,
        metrics,
        ..
    } = parts;
    Ok(SoloOrderer::new(
        application,
        network,
        directory,
        config,
        metrics,
    )?)
}

fn malachite(
    parts: EngineParts,
    settings: MalachiteSettings,
    key: SecretKey,
) -> Result<MalachiteOrderer, NodeError> {
    let listen = settings.listen.ok_or(NodeError::NoConsensusAddress)?;
    let contact = parts.application.directory().by_key(&key.public_key());
    let mut config = MalachiteConfig::new(listen, parts.data_dir);
    if let Some(contact) = contact {
        config.moniker.clone_from(&contact.name);
    }
    config.block_interval = parts.config.block_interval;
    config.propose_timeout = settings.propose_timeout;
    config.propose_delta = settings.timeout_step;
    config.vote_timeout = settings.vote_timeout;
    config.vote_delta = settings.timeout_step;
    Ok(MalachiteOrderer::new(
        parts.application,
        parts.keypair,
        key,
        config,
    )?)
}

/// Runs the engine until shutdown; one that cannot go on says why.
pub(super) async fn run(orderer: Arc<dyn Orderer>, shutdown: CancellationToken) {
    let name = orderer.name();
    if let Err(error) = orderer.run(shutdown).await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, orderer = name, "the orderer has stopped");
    }
}
