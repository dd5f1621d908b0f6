//! Final blocks one after another, under validators that change.

use std::collections::BTreeMap;

use weft_chain::{
    BlobHeader, Block, BlockBody, BlockHeader, CertifiedBlob, Genesis, Height, Parent,
    SignedHeader, SignedValidatorUpdate,
};
use weft_encoding::{Cell, CellCoord, CellProof, Commitment, Digest};

use crate::{TestBlob, TestChain, TestMatrix, index, namespace};

/// A chain to which blocks are added, each finalised by all validators of its height. Its clone is a
/// fork: both go on from the same blocks.
#[derive(Clone, Debug)]
pub struct GrowingChain {
    /// What it began with.
    pub genesis: Genesis,
    /// The validators of the next block.
    pub validators: TestChain,
    /// The blocks in the order in which they were added; the first follows the genesis.
    pub blocks: Vec<TestBlock>,
    /// Every change of the validators so far.
    pub updates: Vec<SignedValidatorUpdate>,
    /// The addresses that updates list, by the validators' numbers.
    pub addresses: BTreeMap<u8, String>,
    /// Time from one block to the next, in milliseconds.
    pub step: u64,
    /// The update that the next block has.
    offered: Option<SignedValidatorUpdate>,
    /// The validators that begin at this height.
    coming: Option<(Height, TestChain)>,
}

/// A final block.
#[derive(Clone, Debug)]
pub struct TestBlock {
    /// The header with its certificate.
    pub signed: SignedHeader,
    /// What the header commits to, unless validators changed the header.
    pub body: BlockBody,
    /// The cells, where [`GrowingChain::push_rows`] made the blob.
    pub matrix: Option<TestMatrix>,
}

impl TestBlock {
    /// The commitments of all rows.
    pub fn commitments(&self) -> Vec<Commitment> {
        self.body.commitments()
    }

    /// The headers of all blobs.
    pub fn blob_headers(&self) -> Vec<BlobHeader> {
        let blobs = self.body.blobs.iter();
        blobs.map(|blob| blob.header.clone()).collect()
    }

    /// A cell of the extended matrix; none outside of it, or in a block without one.
    pub fn cell(&self, coord: CellCoord) -> Option<(Cell, CellProof)> {
        self.matrix.as_ref()?.cell(coord)
    }
}

impl GrowingChain {
    /// A chain of this name with so many equal validators, without blocks.
    pub fn new(chain_id: &str, validators: u8) -> Self {
        Self::of(TestChain::new(validators).named(chain_id))
    }

    /// A chain of these validators, without blocks.
    pub fn of(validators: TestChain) -> Self {
        Self {
            genesis: validators.genesis.clone(),
            validators,
            blocks: Vec::new(),
            updates: Vec::new(),
            addresses: BTreeMap::new(),
            step: 1_000,
            offered: None,
            coming: None,
        }
    }

    /// The number of blocks, which is the height of the newest one if each follows the one before.
    pub fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    /// The block at a height, counted as [`Self::height`] counts.
    pub fn block(&self, height: u64) -> &TestBlock {
        &self.blocks[usize::try_from(height).unwrap() - 1]
    }

    /// What the next block follows.
    pub fn tip(&self) -> Parent {
        match self.blocks.last() {
            Some(block) => block.signed.header.as_parent(),
            None => self.validators.start(),
        }
    }

    /// An update of the validators of the next block to those of these numbers, signed by all.
    pub fn update(&self, members: &[u8], first_height: u64) -> SignedValidatorUpdate {
        self.validators.update(&self.members(members), first_height)
    }

    /// Has the next block change the validators to those of these numbers, from `delay` blocks after
    /// it on.
    pub fn change(&mut self, members: &[u8], delay: u64) -> SignedValidatorUpdate {
        let included = self.tip().height.next().unwrap();
        let first_height = included.saturating_add(delay);
        let next = self.members(members);
        let update = self.validators.update(&next, first_height.get());
        self.offered = Some(update.clone());
        self.coming = Some((first_height, next));
        self.updates.push(update.clone());
        update
    }

    fn members(&self, numbers: &[u8]) -> TestChain {
        let mut members = self.validators.with_members(numbers);
        for (entry, number) in members.genesis.validators.iter_mut().zip(numbers) {
            entry.addresses = self.addresses.get(number).cloned().into_iter().collect();
        }
        members
    }

    /// Adds a block without blobs.
    pub fn push_empty(&mut self) -> &TestBlock {
        self.push_empty_after(&self.tip())
    }

    /// Adds a block without blobs that follows another parent than the tip: what dishonest validators
    /// sign.
    pub fn push_empty_after(&mut self, parent: &Parent) -> &TestBlock {
        self.push(parent, Vec::new(), |_| {})
    }

    /// Adds a block with these blobs.
    pub fn push_blobs(&mut self, blobs: Vec<CertifiedBlob>) -> &TestBlock {
        self.push_blobs_changed(blobs, |_| {})
    }

    /// The same, signed by all after they have changed the header: what dishonest validators do.
    pub fn push_blobs_changed(
        &mut self,
        blobs: Vec<CertifiedBlob>,
        change: impl FnOnce(&mut BlockHeader),
    ) -> &TestBlock {
        self.push(&self.tip(), blobs, change)
    }

    /// Adds a block with a blob of `rows` rows that the seed decides, and its matrix.
    pub fn push_rows(&mut self, rows: usize, seed: u64) -> &TestBlock {
        self.push_rows_changed(rows, seed, |_| {})
    }

    /// The same, signed by all after they have changed the header: what dishonest validators do.
    pub fn push_rows_changed(
        &mut self,
        rows: usize,
        seed: u64,
        change: impl FnOnce(&mut BlockHeader),
    ) -> &TestBlock {
        let blob = TestBlob::new(namespace("rows"), seed, rows);
        let height = self.tip().height.next().unwrap();
        let expiry = self.genesis.retention().expiry(height);
        let certified = self.validators.certify(&blob.header, expiry);
        let block = self.push(&self.tip(), vec![certified], change);
        block.matrix = Some(TestMatrix::of(&blob));
        block
    }

    /// A header that would follow the tip, signed by all, after `change`.
    pub fn next_header(&self, change: impl FnOnce(&mut BlockHeader)) -> SignedHeader {
        let next = self.validators.set.root();
        let mut header = self.build(&self.tip(), next, BlockBody::default()).header;
        change(&mut header);
        self.validators.sign_header(header)
    }

    fn push(
        &mut self,
        parent: &Parent,
        blobs: Vec<CertifiedBlob>,
        change: impl FnOnce(&mut BlockHeader),
    ) -> &mut TestBlock {
        let update = self.offered.take();
        let after = parent.height.saturating_add(2);
        let next = self
            .coming
            .take_if(|(first_height, _)| *first_height == after);
        let next = next.map_or_else(|| self.validators.clone(), |(_, next)| next);
        let mut block = self.build(parent, next.set.root(), BlockBody { blobs, update });
        change(&mut block.header);
        self.blocks.push(TestBlock {
            signed: self.validators.sign_header(block.header),
            body: block.body,
            matrix: None,
        });
        self.validators = next;
        self.blocks.last_mut().unwrap()
    }

    fn build(&self, parent: &Parent, next: Digest, body: BlockBody) -> Block {
        Block::build(parent, parent.time + self.step, index(0), next, body).unwrap()
    }
}
