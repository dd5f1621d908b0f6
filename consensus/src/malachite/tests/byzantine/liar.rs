//! A byzantine validator: a real key and a real engine on an application that lies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use arc_malachitebft_app::types::core::NilOrVal;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;
use weft_chain::{
    Block, Canonical, ChainId, FinalityCertificate, HeaderHash, Height, Signature, ValidatorIndex,
};
use weft_ledger::store::{Store, StoreError};
use weft_ledger::{Arrival, Committed, Head, LedgerError, ValidatorSets};
use weft_network::Directory;

use super::super::network::{PATIENCE, TestNetwork, Validator};
use super::lies::{Forge, Lie};
use super::wire::Wire;
use crate::malachite::WeftSigner;
use crate::{
    Application, BlockRefusal, NodeApplication, OrdererMetrics, ProposeError, RoundProposers,
    SignError, ValidBlock,
};

/// A lie that was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) lie: Lie,
    pub(super) height: Height,
    /// The header of the lie.
    pub(super) header: HeaderHash,
}

/// The application of a validator that lies when it proposes.
#[derive(Debug)]
pub(super) struct Liar {
    inner: Arc<NodeApplication>,
    forge: Forge,
    wire: OnceLock<Wire>,
    lies: Mutex<VecDeque<Lie>>,
    told: watch::Sender<Vec<Told>>,
    /// Whether each prevote for a block is accompanied by one for nil and one for another block.
    prevotes_more: watch::Sender<bool>,
}

impl Liar {
    /// Starts validator `place`, honest until it is told to lie.
    pub(super) async fn start(network: &TestNetwork, place: usize) -> (Arc<Self>, Validator) {
        let base = network.base(place).await;
        let liar = Arc::new(Self {
            inner: Arc::clone(&base.application),
            forge: Forge::new(network, place, base.ledger.clone()),
            wire: OnceLock::new(),
            lies: Mutex::default(),
            told: watch::Sender::default(),
            prevotes_more: watch::Sender::default(),
        });
        let application = Arc::clone(&liar) as Arc<dyn Application>;
        let orderer = network.orderer_for(place, application);
        let running = orderer.start().await.unwrap();
        let key = network.chain.keys[place].clone();
        let signer = WeftSigner::new(network.chain.genesis.chain_id, key);
        let wire = Wire::open(running.engine.network(), signer).await;
        liar.wire.set(wire).unwrap();
        (liar, Validator::go_on(base, running))
    }

    /// Tells these lies, one in each round that it proposes.
    pub(super) fn lie(&self, lies: impl IntoIterator<Item = Lie>) {
        self.lies.lock().unwrap().extend(lies);
    }

    pub(super) fn prevote_more(&self) {
        self.prevotes_more.send_replace(true);
    }

    pub(super) fn wire(&self) -> &Wire {
        self.wire.get().unwrap()
    }

    /// What was told, once that many lies were.
    pub(super) async fn told(&self, lies: usize) -> Vec<Told> {
        let mut told = self.told.subscribe();
        let all = timeout(PATIENCE, told.wait_for(|told| told.len() >= lies)).await;
        all.unwrap_or_else(|_| panic!("told only {:?}", *self.told.borrow()))
            .unwrap()
            .clone()
    }

    async fn tell(&self, lie: Lie, honest: ValidBlock) -> Option<ValidBlock> {
        let (wire, height) = (self.wire(), honest.height());
        let block = self.forge.block(lie, honest.block());
        let mut header = block.header.hash();
        let garbage = Bytes::from_static(b"no block");
        let proposed = match lie {
            Lie::Garbage => {
                header = HeaderHash::from_bytes([0xee; 32]);
                wire.part(height, 0, header, garbage).await;
                wire.proposal(height, 0, header).await;
                None
            }
            Lie::GarbageFirst => {
                wire.part(height, 0, header, garbage).await;
                Some(honest)
            }
            Lie::OtherBodyFirst => {
                let bytes = Bytes::from(block.encode());
                wire.part(height, 0, header, bytes).await;
                Some(honest)
            }
            Lie::TwoHeaders => {
                // Concurrently with the engine, so that some peers receive one first and some the
                // other.
                let wire = wire.clone();
                tokio::spawn(async move { wire.propose(&block, 0).await });
                Some(honest)
            }
            _ => {
                // Stored, as its engine expects if the block is decided.
                let (store, kept) = (self.store().clone(), block.clone());
                let keep = move || store.keep_proposal(&kept);
                tokio::task::spawn_blocking(keep).await.unwrap().unwrap();
                Some(ValidBlock::unchecked(block))
            }
        };
        let told = Told {
            lie,
            height,
            header,
        };
        self.told.send_modify(|all| all.push(told));
        proposed
    }
}

#[async_trait]
impl Application for Liar {
    async fn propose(
        &self,
        proposers: &RoundProposers,
        empty: bool,
    ) -> Result<Option<ValidBlock>, ProposeError> {
        let Some(honest) = self.inner.propose(proposers, empty).await? else {
            return Ok(None);
        };
        // Only its own block: later rounds may propose another validator's.
        let lie = match proposers.round {
            0 => self.lies.lock().unwrap().pop_front(),
            _ => None,
        };
        match lie {
            Some(lie) => Ok(self.tell(lie, honest).await),
            None => Ok(Some(honest)),
        }
    }

    async fn verify(
        &self,
        proposers: &RoundProposers,
        block: Block,
    ) -> Result<ValidBlock, BlockRefusal> {
        if *self.prevotes_more.borrow() {
            let (wire, height) = (self.wire(), block.header.height);
            let other = HeaderHash::from_bytes([0xdd; 32]);
            for value in [NilOrVal::Nil, NilOrVal::Val(other)] {
                wire.prevote(height, proposers.round, value).await;
            }
        }
        self.inner.verify(proposers, block).await
    }

    async fn proposal(
        &self,
        height: Height,
        hash: HeaderHash,
    ) -> Result<Option<Block>, StoreError> {
        self.inner.proposal(height, hash).await
    }

    async fn sign(
        &self,
        height: Height,
        round: u32,
        header: HeaderHash,
    ) -> Result<Signature, SignError> {
        // Signs any header, without a lock.
        Ok(self.forge.sign(height, round, &header))
    }

    async fn decided(
        &self,
        arrival: Arrival,
        block: Block,
        finality: FinalityCertificate,
    ) -> Result<Committed, LedgerError> {
        self.inner.decided(arrival, block, finality).await
    }

    fn chain_id(&self) -> ChainId {
        self.inner.chain_id()
    }

    fn head(&self) -> Head {
        self.inner.head()
    }

    fn watch_head(&self) -> watch::Receiver<Head> {
        self.inner.watch_head()
    }

    fn validator_sets(&self) -> &ValidatorSets {
        self.inner.validator_sets()
    }

    fn directory(&self) -> &Directory {
        self.inner.directory()
    }

    fn validator(&self) -> Option<ValidatorIndex> {
        self.inner.validator()
    }

    fn watch_pending(&self) -> watch::Receiver<usize> {
        self.inner.watch_pending()
    }

    fn store(&self) -> &Store {
        self.inner.store()
    }

    fn metrics(&self) -> &OrdererMetrics {
        self.inner.metrics()
    }
}
