//! The solo orderer's configuration.

use std::time::Duration;

use weft_chain::ValidatorIndex;

/// Who proposes, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoloConfig {
    /// The validator that proposes every block; the first of the genesis by default.
    pub proposer: ValidatorIndex,
    /// Minimum time from one block's decision to the next proposal. 1 s by default.
    pub block_interval: Duration,
    /// Whether a block is made at every interval, even with nothing to order.
    pub empty_blocks: bool,
}

impl Default for SoloConfig {
    fn default() -> Self {
        Self {
            proposer: ValidatorIndex::new(0).expect("0 is below every limit"),
            block_interval: Duration::from_secs(1),
            empty_blocks: false,
        }
    }
}
