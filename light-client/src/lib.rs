//! A light client of Weft: it follows the headers, verifies that each is final, and checks by
//! random sampling that each block's data can be had.
//!
//! ```text
//!              gossip, header ranges                     cells, commitments
//!   network ------------------------> follower   network <----------------> sampler
//!                                        |  verified headers                  |  reports
//!                                        v                                    v
//!                                      store (redb) ---- tip, headers ---> LightClient
//! ```
//!
//! It trusts the genesis or a checkpoint, more than 2/3 of the stake of each validator set for what is
//! final at the heights where the set is in force and for the set that comes next, for as long as the
//! trusting period says, and nobody for what is available. It never downloads a block. The cells that
//! it sampled it keeps, in memory, and passes on to whoever asks: what custodians serve to samplers alone
//! can so be had by all.
//!
//! When the validators change, it learns the new set and its contacts from peers, with the
//! signatures of the set before. Custody moves with the set: the columns of any block are asked for
//! first from the custodians of the newest set, then from those of the sets before it, back to the
//! block's own and the set before that.
//!
//! ```no_run
//! # async fn example(genesis: weft_chain::Genesis) -> Result<(), Box<dyn std::error::Error>> {
//! use weft_light_client::{Height, LightClient, LightConfig};
//!
//! let config = LightConfig::new(genesis, "light-data");
//! let client = LightClient::start(config, tokio_util::sync::CancellationToken::new()).await?;
//! let report = client.sample(Height::new(1)).await?;
//! println!("height 1 is {} ({} samples)", report.verdict.as_str(), report.verified);
//! client.shutdown().await;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod client;
mod config;
mod directory;
mod error;
mod follower;
mod kept;
mod metrics;
mod report;
mod sampler;
mod store;
#[cfg(test)]
#[path = "../tests/it/test_chain.rs"]
#[allow(clippy::unwrap_used)]
mod test_chain;

pub use client::LightClient;
pub use config::{Follow, LightConfig, Resampling, SampleTarget};
pub use error::{ConfigError, FollowError, SampleError, StartError, UpdateError};
pub use follower::FollowStatus;
pub use report::{HeightReport, HeightVerdict, Progress};
pub use sampler::Ticket;
pub use store::StoreError;

pub use weft_chain::{Checkpoint, ConflictingHeaders, Genesis, HeaderHash, Height};
pub use weft_network::{Multiaddr, PeerId, identity};
pub use weft_sampling::SessionConfig;
