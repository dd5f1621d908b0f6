//! A light client of Weft: it follows the chain of final headers and checks by random sampling that
//! each block's data is available.
//!
//! ```text
//!              gossip, header ranges                     cells, commitments
//!   network ------------------------> follower   network <----------------> sampler
//!                                        |  verified headers                  |  reports
//!                                        v                                    v
//!                                      store (redb) ---- tip, headers ---> LightClient
//! ```
//!
//! It trusts the genesis or a checkpoint. It trusts more than 2/3 of each validator set's stake for
//! finality at the heights where the set is in force, and for the next set, within the trusting period.
//! For availability it trusts no one. It never downloads a block. It keeps the cells that it sampled in
//! memory and serves them to other peers, so cells that custodians give only to samplers reach every
//! reader.
//!
//! When the validators change, it learns the new set and its contacts from peers, with the signatures
//! of the set before. Custody moves with the set: the client requests the columns of any block from the
//! custodians of the newest set first, then from those of the block's own set and the sets between.
//!
//! The `weft-light` command runs this client. A program that embeds it does the following;
//! `examples/sample.rs` is a whole program.
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
//!
//! libp2p's address, peer id and key pair are in the interface, re-exported below, because they are the
//! names of the peer-to-peer network. The `prometheus` crate's registry is in [`LightConfig`], so that
//! the embedding program collects the client's metrics with its own.

#![forbid(unsafe_code)]

mod client;
mod config;
mod error;
mod follower;
mod kept;
mod metrics;
mod report;
mod sampler;
mod store;

pub use client::LightClient;
pub use config::{LightConfig, Resampling, SampleSchedule, SampleTarget};
pub use error::{ConfigError, FollowError, SampleError, StartError, UpdateError};
pub use follower::FollowStatus;
pub use metrics::METRICS;
pub use report::{HeightReport, HeightVerdict, Progress};
pub use sampler::Ticket;
pub use store::StoreError;

pub use weft_chain::{Checkpoint, ConflictingHeaders, Genesis, HeaderHash, Height};
pub use weft_network::{Multiaddr, PeerId, identity};
pub use weft_sampling::SessionConfig;
