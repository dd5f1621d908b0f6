//! The light client: its services, started and stopped together.

use std::num::{NonZeroU32, NonZeroUsize};

use rand::seq::IndexedRandom;
use tokio::sync::{broadcast, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weft_chain::{Checkpoint, Height};
use weft_network::{Directory, Limits, Mode, Multiaddr, Network, NetworkConfig, PeerId, peer_of};

use crate::{
    ConflictingHeaders, FollowStatus, HeightReport, LightConfig, SampleError, StartError,
    StoreError, Ticket,
    follower::{Follower, FollowerParts, HeaderChain, KEPT_VALIDATORS, check_checkpoint},
    kept::KeptCells,
    metrics::Metrics,
    sampler::{
        BlockContext, CatchUp, Custodians, Heights, Resources, Sampler, SamplerHandle, VerifyPool,
    },
    store::Store,
};

/// The file in the data folder.
const STORE_FILE: &str = "light.redb";

/// A running light client.
///
/// Dropping it stops it; [`Self::shutdown`] also waits until it has stopped.
#[derive(Debug)]
pub struct LightClient {
    sampler: SamplerHandle,
    reports: broadcast::Sender<HeightReport>,
    status: watch::Receiver<FollowStatus>,
    connected: watch::Receiver<Vec<PeerId>>,
    peer_id: PeerId,
    store: Store,
    /// The first height of the chain.
    first: Height,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The state that the client reads from the disk at its start.
struct Opened {
    store: Store,
    chain: HeaderChain,
    directory: Directory,
    custodians: Custodians,
    /// The checkpoint at which the chain begins anew.
    beginning: Option<Checkpoint>,
    /// The first height of the chain, and the first without a report.
    first: Height,
    unreported: Height,
    evidence: Option<ConflictingHeaders>,
}

impl LightClient {
    /// Starts a light client that runs until `shutdown` is cancelled, it is dropped, or
    /// [`Self::shutdown`] is called.
    ///
    /// Cost: a signature verification for each validator of the genesis and of each stored change of
    /// the set, and the custody assignment.
    ///
    /// # Errors
    /// [`StartError`]; [`StartError::fault`] says whether it is the caller's or this machine's.
    pub async fn start(
        config: LightConfig,
        shutdown: CancellationToken,
    ) -> Result<Self, StartError> {
        config.check()?;
        let metrics = Metrics::register(&config.registry.clone().unwrap_or_default())
            .map_err(|error| StartError::Metrics(error.into()))?;
        let opened = {
            let config = config.clone();
            tokio::task::spawn_blocking(move || open(&config)).await??
        };
        let Opened {
            store,
            chain,
            directory,
            custodians,
            beginning,
            first,
            unreported,
            evidence,
        } = opened;
        // The network refuses addresses without a peer id when it starts.
        let servers = config
            .bootstrap
            .iter()
            .filter_map(|a| peer_of(a).ok())
            .collect();

        let stop = shutdown.child_token();
        let tasks = TaskTracker::new();
        let network_config = NetworkConfig::new(config.genesis.chain_id)
            .with_mode(Mode::Light)
            .with_limits(limits())
            .with_listen(config.listen)
            .with_bootstrap(bootstrap(config.bootstrap, &directory, &chain))
            .with_deadlines(config.deadlines)
            .with_registry(config.registry);
        let (network, events, network_task) =
            Network::start(network_config, config.keypair, stop.clone())?;
        tasks.spawn(network_task);
        for contact in directory.iter() {
            for address in contact.dial_addresses() {
                // The directory has checked that the address is the peer's.
                let _ = network.add_address(contact.peer, address);
            }
        }

        let kept = KeptCells::new(config.kept_cells_bytes);
        let follower = Follower::new(FollowerParts {
            network: network.clone(),
            kept: kept.clone(),
            events,
            store: store.clone(),
            chain,
            directory,
            servers,
            metrics: metrics.clone(),
            poll: config.poll,
            beginning,
            evidence,
        });
        let status = follower.status();
        let context = BlockContext {
            connected: network.connected(),
            network: network.clone(),
            pool: VerifyPool::new(config.verify_jobs),
            kept,
            target: config.target,
            session: config.session,
        };
        let (sampler, handle, reports) = Sampler::new(
            Resources {
                context,
                custodians,
                store: store.clone(),
                status: status.clone(),
                catch_up: CatchUp::new(config.poll),
                jobs: tasks.clone(),
            },
            follower.chain(),
            metrics,
            config.max_sessions,
            Heights {
                schedule: config.schedule,
                resampling: config.resampling,
                first: unreported,
            },
        );
        tasks.spawn(follower.run(stop.clone()));
        tasks.spawn(sampler.run(stop.clone()));
        tasks.close();
        Ok(Self {
            sampler: handle,
            reports,
            status,
            connected: network.connected(),
            peer_id: network.local_peer_id(),
            store,
            first,
            stop,
            tasks,
        })
    }

    /// Subscribes to reports. A receiver that is more than 256 reports behind loses the oldest, which
    /// [`Self::report`] still returns.
    pub fn reports(&self) -> broadcast::Receiver<HeightReport> {
        self.reports.subscribe()
    }

    /// The last report on a height, if the height has been sampled. Blocks for one read of the store.
    ///
    /// `None` from the height on at which the chain is known to have two final headers.
    ///
    /// # Errors
    /// [`StoreError`]. Fault: local.
    pub fn report(&self, height: Height) -> Result<Option<HeightReport>, StoreError> {
        let forked_at = self.status.borrow().forked_at();
        if forked_at.is_some_and(|forked_at| forked_at <= height) {
            return Ok(None);
        }
        self.store.report(height)
    }

    /// Evidence of a fork: two final headers of one height, if the validators have signed two. The
    /// client then follows nothing any more. Blocks for one read of the store.
    ///
    /// # Errors
    /// [`StoreError`]. Fault: local.
    pub fn evidence(&self) -> Result<Option<ConflictingHeaders>, StoreError> {
        self.store.evidence()
    }

    /// Samples a height and waits for its verdict: first for the header, without limit, then for
    /// the samples, at most until the session's deadline.
    ///
    /// Custody moves to the newest validators. If samples are not enough while the client is still
    /// catching up with the chain, or the validators have just changed, the client catches up first
    /// and samples the height once more.
    ///
    /// A block that was found available is not sampled again; its report is returned. A block with
    /// another verdict is sampled again, and the confidence accounts for all attempts.
    ///
    /// # Errors
    /// [`SampleError`]. Missing samples are not an error: they are in the report.
    pub async fn sample(&self, height: Height) -> Result<HeightReport, SampleError> {
        self.request(height).await?.report().await
    }

    /// As [`Self::sample`], but returns a ticket that shows the progress.
    ///
    /// # Errors
    /// [`SampleError`] if too many heights are queued, or the height is before the chain's first.
    pub async fn request(&self, height: Height) -> Result<Ticket, SampleError> {
        let first = self.first;
        if (Height::FIRST..first).contains(&height) {
            return Err(SampleError::BeforeFirst { height, first });
        }
        self.sampler.sample(height).await
    }

    /// How far the client has followed the chain, as a watch.
    pub fn status(&self) -> watch::Receiver<FollowStatus> {
        self.status.clone()
    }

    /// The connected peers, as a watch.
    pub fn connected(&self) -> watch::Receiver<Vec<PeerId>> {
        self.connected.clone()
    }

    /// The client's identity on the peer-to-peer network.
    pub fn peer_id(&self) -> PeerId {
        self.peer_id
    }

    /// Stops the client and waits until its sockets, its tasks and its store are closed.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for LightClient {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The blocking part of the start: the folder, the store, signatures, the custody assignment.
fn open(config: &LightConfig) -> Result<Opened, StartError> {
    let (genesis, data_dir) = (&config.genesis, &config.data_dir);
    let directory = Directory::from_genesis(genesis)?;
    let validators = genesis.validator_set()?;
    let custodians = Custodians::new(directory.clone());
    custodians.of_sets(&[&validators])?;
    std::fs::create_dir_all(data_dir).map_err(|source| StartError::DataDir {
        path: data_dir.to_owned(),
        source,
    })?;
    let store = Store::open(&data_dir.join(STORE_FILE), genesis)?;
    let mut chain = HeaderChain::new(genesis, &validators).trusting(config.trusting_period);
    resume(&mut chain, &store, &directory)?;
    let evidence = store.evidence()?;
    if let Some(evidence) = &evidence {
        let height = evidence.height();
        chain
            .verify_conflict(evidence)
            .map_err(|source| StartError::StoredEvidence { height, source })?;
    }
    if let Some(checkpoint) = &config.checkpoint
        && let Some(stored) = store.header(checkpoint.height)?
    {
        check_checkpoint(checkpoint, &stored.header).map_err(StartError::Checkpoint)?;
    }
    // Evidence ends the stored chain, so the chain does not begin anew after it.
    let beginning = config
        .checkpoint
        .filter(|checkpoint| evidence.is_none() && chain.begins_at(checkpoint));
    let first = beginning.map_or(chain.first(), |checkpoint| checkpoint.height);
    let unreported = store.first_unreported(first)?;
    Ok(Opened {
        store,
        chain,
        directory,
        custodians,
        beginning,
        first,
        unreported,
        evidence,
    })
}

/// Restores the chain from the store.
fn resume(chain: &mut HeaderChain, store: &Store, directory: &Directory) -> Result<(), StartError> {
    if let Some(header) = store.beginning()? {
        chain.begin(&header);
    }
    chain.restore_in_force(store.sets()?);
    for (first_height, stored) in store.updates()? {
        chain
            .restore(first_height, &stored)
            .map_err(|source| StartError::StoredUpdate {
                first_height,
                source,
            })?;
        directory.learn(&stored.update.validators);
    }
    if let Some(tip) = store.tip()? {
        let height = tip.header.height;
        chain
            .resume(&tip)
            .map_err(|source| StartError::StoredHeader { height, source })?;
    }
    Ok(())
}

/// The limits of a light client: it answers for its samples alone, at most 0.5 MiB a reply.
fn limits() -> Limits {
    const MIB: usize = 1024 * 1024;
    let count = |value| NonZeroUsize::new(value).unwrap_or(NonZeroUsize::MIN);
    let units = |value| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
    let mut limits = Limits::default();
    limits.inbound_requests = count(64);
    limits.inbound_per_peer = count(8);
    limits.inbound_bytes = count(8 * MIB);
    limits.reply_bytes = count(32 * MIB);
    limits.reply_bytes_per_peer = count(4 * MIB);
    // At 10 units each: two replies a second to a peer, and sixteen at once.
    limits.request_rate = units(20);
    limits.request_burst = units(160);
    limits
}

/// The peers to stay connected to: those `given`, and some validators of the newest set.
fn bootstrap(
    mut given: Vec<Multiaddr>,
    directory: &Directory,
    chain: &HeaderChain,
) -> Vec<Multiaddr> {
    let known = directory.of_set(chain.newest());
    for contact in known.choose_multiple(&mut rand::rng(), KEPT_VALIDATORS) {
        for address in contact.dial_addresses() {
            if !given.contains(&address) {
                given.push(address);
            }
        }
    }
    given
}
