//! Which expiries a certificate may have, and when a blob may be ordered again.
//!
//! ```text
//!             least           asked for           greatest
//!  height ──────┼─────────────────┼───────────────────┼──────> expiry
//!               retention - slack   retention           retention + slack
//! ```

use crate::Height;

/// The slack, in blocks, of a retention that is long enough for it.
const LEAST_SLACK: u64 = 64;

/// How many blocks custodians keep a blob, and how far a certificate's expiry may be from that.
///
/// The rule is the same for a block's body, a custodian that is asked to sign, a pool and a receipt. The
/// **slack** is how long a certificate may wait for its block, and how far the heads of a gateway and
/// of a custodian may be apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    blocks: u64,
}

/// An expiry that is too early or too late for a height (fault: its source).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expiry {expiry} is not within {least} to {greatest}, the limits at height {height}")]
pub struct ExpiryError {
    /// The expiry.
    pub expiry: Height,
    /// The height of the block, or of the next one.
    pub height: Height,
    /// The earliest expiry at this height.
    pub least: Height,
    /// The latest expiry at this height.
    pub greatest: Height,
}

impl Retention {
    /// A retention of so many blocks.
    #[must_use]
    pub const fn new(blocks: u64) -> Self {
        Self { blocks }
    }

    /// The blocks for which a blob is kept.
    #[must_use]
    pub const fn blocks(self) -> u64 {
        self.blocks
    }

    /// A tenth of the retention, at least 64 blocks, at most half of the retention.
    #[must_use]
    pub fn slack(self) -> u64 {
        (self.blocks / 10).max(LEAST_SLACK.min(self.blocks / 2))
    }

    /// The expiry to ask custodians for when the next block is at `height`.
    #[must_use]
    pub fn expiry(self, height: Height) -> Height {
        height.saturating_add(self.blocks)
    }

    /// The earliest expiry of a certificate in a block at `height`.
    #[must_use]
    pub fn least_expiry(self, height: Height) -> Height {
        height.saturating_add(self.blocks - self.slack())
    }

    /// The latest expiry of a certificate in a block at `height`.
    #[must_use]
    pub fn greatest_expiry(self, height: Height) -> Height {
        self.expiry(height).saturating_add(self.slack())
    }

    /// The last height at which a block may have a certificate with this expiry; 0 if no block may.
    #[must_use]
    pub fn last_order(self, expiry: Height) -> Height {
        let kept = self.blocks - self.slack();
        Height::new(expiry.get().saturating_sub(kept))
    }

    /// Checks the expiry of a certificate in a block at `height`.
    ///
    /// # Errors
    /// [`ExpiryError`] (fault: the source of the expiry).
    pub fn check_expiry(self, expiry: Height, height: Height) -> Result<(), ExpiryError> {
        let (least, greatest) = (self.least_expiry(height), self.greatest_expiry(height));
        if (least..=greatest).contains(&expiry) {
            return Ok(());
        }
        Err(ExpiryError {
            expiry,
            height,
            least,
            greatest,
        })
    }

    /// Whether a block at `height` may order a blob again whose last certificate expires at
    /// `previous`: less than half of the retention is left.
    ///
    /// The slack is at most half of the retention, so the new certificate expires later than
    /// `previous`.
    #[must_use]
    pub fn may_be_ordered_again(self, previous: Height, height: Height) -> bool {
        previous < height.saturating_add(self.blocks / 2)
    }
}
