//! The configured consensus engine.

use std::path::PathBuf;
use std::sync::Arc;

use weft_chain::SecretKey;
use weft_consensus::malachite::{MalachiteConfig, MalachiteOrderer};
use weft_consensus::solo::{SoloConfig, SoloOrderer};
use weft_consensus::{Application, Orderer, OrdererMetrics};
use weft_network::NetworkHandle;
use weft_network::identity::Keypair;

use super::NodeError;
use super::follower::Follower;
use super::tasks::Tasks;
use crate::config::{MalachiteSettings, OrdererConfig, OrdererKind};

/// The engine's name among the node's services.
pub(super) const SERVICE: &str = "orderer";

/// Dependencies of an engine.
pub(super) struct EngineParts {
    pub(super) config: OrdererConfig,
    pub(super) application: Arc<dyn Application>,
    pub(super) network: NetworkHandle,
    pub(super) metrics: OrdererMetrics,
    pub(super) keypair: Keypair,
    pub(super) key: Option<SecretKey>,
    pub(super) data_dir: PathBuf,
}

/// Makes the configured engine; [`run`] starts it.
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
    config.status_interval = settings.status_interval;
    Ok(MalachiteOrderer::new(
        parts.application,
        parts.keypair,
        key,
        config,
    )?)
}

/// Runs the engine until shutdown, or logs why it ended earlier. If its error forbids a restart, the
/// node stays up, not ready.
pub(super) async fn run(orderer: Arc<dyn Orderer>, tasks: Tasks) {
    let (name, shutdown) = (orderer.name(), tasks.shutdown());
    let Err(error) = orderer.run(shutdown.clone()).await else {
        return;
    };
    tracing::error!(
        error = &error as &dyn std::error::Error,
        orderer = name,
        "the orderer has stopped"
    );
    if error.forbids_restart() {
        tasks.hold(SERVICE);
        shutdown.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use async_trait::async_trait;
    use tokio_util::sync::CancellationToken;
    use weft_consensus::OrdererError;
    use weft_consensus::malachite::MalachiteError;

    use super::*;
    use crate::node::ServiceEnded;
    use crate::node::ended::Failure;

    /// Ends at once with this error.
    #[derive(Debug)]
    struct Failing(fn() -> MalachiteError);

    #[async_trait]
    impl Orderer for Failing {
        fn name(&self) -> &'static str {
            "failing"
        }

        async fn run(self: Arc<Self>, _: CancellationToken) -> Result<(), OrdererError> {
            Err((self.0)().into())
        }
    }

    #[tokio::test]
    async fn an_engine_that_must_not_be_started_again_holds_the_node() {
        let orderer = ServiceEnded { service: SERVICE };
        for (error, failure) in [
            (
                (|| MalachiteError::Stopped) as fn() -> MalachiteError,
                Failure::Restart(orderer),
            ),
            (|| MalachiteError::Unsafe, Failure::Held(orderer)),
        ] {
            let tasks = Tasks::new(CancellationToken::new());
            let mut failed = tasks.failed();
            tasks.serve(SERVICE, run(Arc::new(Failing(error)), tasks.clone()));
            let told = *failed.wait_for(Option::is_some).await.unwrap();
            assert_eq!(told, Some(failure));
            tasks.stop().await;
            assert_eq!(*failed.borrow(), Some(failure));
        }
    }
}
