//! Does a block extend the head? Pure: the time and the rules are arguments.

use std::time::Duration;

use weft_chain::{
    BlobId, Block, BlockHeader, ChainId, Genesis, HeaderHash, Height, Parent, Retention,
    SignedHeader, VerifiedUpdate,
};
use weft_encoding::Digest;

use super::ValidatorSets;
use super::error::BlockRuleError;
use super::updates::check_update;
use crate::store::Location;

/// The last decided block, as far as the next one needs it. Height 0 is the genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Height of the last decided block; 0 when none is.
    pub height: Height,
    /// Its header's hash; the genesis hash at height 0.
    pub hash: HeaderHash,
    /// Its time, unix milliseconds; the genesis time at height 0.
    pub time: u64,
}

impl Head {
    /// The head of a chain without a block.
    #[must_use]
    pub fn genesis(genesis: &Genesis) -> Self {
        Self {
            height: Height::GENESIS,
            hash: genesis.hash(),
            time: genesis.time_ms,
        }
    }

    /// The head that a decided header makes.
    #[must_use]
    pub fn of(header: &BlockHeader) -> Self {
        Self {
            height: header.height,
            hash: header.hash(),
            time: header.time,
        }
    }

    /// The height of the block that comes next.
    #[must_use]
    pub fn next_height(&self) -> Height {
        self.height.saturating_add(1)
    }
}

impl From<&SignedHeader> for Head {
    fn from(signed: &SignedHeader) -> Self {
        Self::of(&signed.header)
    }
}

/// The rules for the headers of one chain, besides the link to the parent.
#[derive(Clone, Debug)]
pub struct HeaderRules {
    /// The chain's id.
    pub chain_id: ChainId,
    /// Most rows a block may have.
    pub max_block_rows: u16,
    /// Which expiries a block's certificates may have, and when a blob may be ordered again.
    pub retention: Retention,
    /// The validator sets by height.
    pub sets: ValidatorSets,
}

impl HeaderRules {
    /// The rules that a genesis sets.
    #[must_use]
    pub fn new(genesis: &Genesis, sets: ValidatorSets) -> Self {
        Self {
            chain_id: genesis.chain_id,
            max_block_rows: genesis.max_block_rows,
            retention: genesis.retention(),
            sets,
        }
    }

    /// Root of the validator set at `height`.
    #[must_use]
    pub fn set_root(&self, height: Height) -> Digest {
        self.sets.at(height).root()
    }

    /// The head as the parent of the next header.
    #[must_use]
    pub fn parent(&self, head: &Head) -> Parent {
        Parent {
            chain_id: self.chain_id,
            height: head.height,
            hash: head.hash,
            time: head.time,
            validator_set_root: self.set_root(head.next_height()),
        }
    }

    /// Checks that `header` is a possible next header after `head`: chain, height, parent, time
    /// not before the parent's, validator set, proposer, rows.
    ///
    /// The next validator set follows from the body; see [`Self::check_block`].
    ///
    /// # Errors
    /// [`BlockRuleError`] naming the first field that does not fit (peer; retry when the header is
    /// from a later height than the next).
    pub fn check_header(&self, head: &Head, header: &BlockHeader) -> Result<(), BlockRuleError> {
        let next = head.next_height();
        if header.chain_id == self.chain_id && header.height > next {
            return Err(BlockRuleError::Ahead {
                found: header.height,
                next,
            });
        }
        header.verify_follows(&self.parent(head))?;
        let validators = self.sets.at(next).len();
        if header.proposer.get() >= validators {
            let found = header.proposer;
            return Err(BlockRuleError::UnknownProposer { found, validators });
        }
        if header.rows > self.max_block_rows {
            return Err(BlockRuleError::Rows {
                found: header.rows,
                max: self.max_block_rows,
            });
        }
        Ok(())
    }

    /// Root of the validator set after the block at `height`, if that block's body has `update`.
    #[must_use]
    pub fn next_set_root(&self, height: Height, update: Option<&VerifiedUpdate>) -> Digest {
        let next = height.saturating_add(1);
        match update {
            Some(update) if update.first_height() == next => update.set().root(),
            _ => self.set_root(next),
        }
    }

    /// Checks the header, that it follows from the body, and the rules of the body that need no
    /// earlier block: expiries and the update of the validator set, which is returned verified.
    ///
    /// Availability certificates are not verified: the validators verified them before they
    /// finalised the block.
    ///
    /// # Errors
    /// As [`Self::check_header`]; [`BlockRuleError::Derivation`] when the header does not follow
    /// from the body or a certificate's expiry is too early or too late; [`BlockRuleError::Update`]
    /// for an update that this block may not include; and [`BlockRuleError::NextValidatorSet`] (all
    /// peer).
    pub fn check_block(
        &self,
        head: &Head,
        block: &Block,
    ) -> Result<Option<VerifiedUpdate>, BlockRuleError> {
        let (header, height) = (&block.header, block.header.height);
        self.check_header(head, header)?;
        block.verify_derivation()?;
        block.body.check_expiries(self.retention, height)?;
        let update = block.body.update.as_ref();
        let update = update
            .map(|update| check_update(self, height, update))
            .transpose()?;
        let expected = self.next_set_root(height, update.as_ref());
        if header.next_validator_set_root != expected {
            let found = header.next_validator_set_root;
            return Err(BlockRuleError::NextValidatorSet { found, expected });
        }
        Ok(update)
    }

    /// Checks that a block at `height` may order a blob again that an earlier block ordered at
    /// `earlier`.
    ///
    /// # Errors
    /// [`BlockRuleError::Ordered`] while the certificate in that block has at least half of the
    /// retention left (peer).
    pub fn check_again(
        &self,
        blob: &BlobId,
        earlier: &Location,
        height: Height,
    ) -> Result<(), BlockRuleError> {
        let expiry = earlier.expiry;
        if self.retention.may_be_ordered_again(expiry, height) {
            return Ok(());
        }
        Err(BlockRuleError::Ordered {
            blob: *blob,
            height: earlier.height,
            expiry,
        })
    }
}

/// Checks that `time` is not further ahead of `now` than `drift`. All in unix milliseconds.
///
/// Only voters check this: a finalised header is accepted whatever the local clock says.
///
/// # Errors
/// [`BlockRuleError::TimeAhead`] (peer).
pub fn check_clock(time: u64, now: u64, drift: Duration) -> Result<(), BlockRuleError> {
    let drift = u64::try_from(drift.as_millis()).unwrap_or(u64::MAX);
    let limit = now.saturating_add(drift);
    if time > limit {
        return Err(BlockRuleError::TimeAhead { found: time, limit });
    }
    Ok(())
}
