//! The libp2p protocols that Weft's nodes and light clients share.
//!
//! ```text
//!   application                        this crate                              libp2p
//!  ┌───────────┐   requests   ┌───────────────────────────┐   frames   ┌──────────────────────┐
//!  │ custodian │ ───────────► │ NetworkHandle   (mailbox) │ ─────────► │ request-response     │
//!  │ gateway   │   events     │ engine: deadlines, slots, │   gossip   │ gossipsub            │
//!  │ consensus │ ◄─────────── │ rates, scores, redialling │ ◄────────► │ identify, kad, ping  │
//!  │ light     │   answers    │ Responder, Validation     │            │ limits, block list   │
//!  └───────────┘ ───────────► └───────────────────────────┘            │ noise, TCP and QUIC  │
//!                                                                      └──────────────────────┘
//! ```
//!
//! - [`Network::start`] returns a [`NetworkHandle`], which sends requests, and a receiver of
//!   [`NetworkEvent`]s, which brings the requests of peers.
//! - Requests and replies are those of [`messages`]. One protocol, `/weft/{chain_id}/1`, carries
//!   them as [frames](Frame), whose size is checked before they are read ([`limits`]).
//! - The application validates gossip before it is forwarded ([`GossipValidation`]).
//! - Provable misbehaviour of a peer is an [`Offence`]; offences add up to a ban ([`ScoreBook`]). A
//!   timeout is never an offence.
//!
//! This crate verifies no proofs or signatures: what it delivers is unverified, and the types of
//! `weft-encoding` and `weft-chain` keep it from being used as verified.
//!
//! libp2p's [`Multiaddr`], [`PeerId`] and [`identity`] are in the interface, and its errors are
//! sources of [`NetworkError`] and [`PublishError`]: libp2p is what this crate is about. A new libp2p
//! is a breaking change.
//!
//! ```no_run
//! use tokio_util::sync::CancellationToken;
//! use weft_network::{GetStatus, Network, NetworkConfig, identity::Keypair};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = NetworkConfig::new("weft-devnet".parse()?);
//! let stop = CancellationToken::new();
//! let (network, _events, task) = Network::start(config, Keypair::generate_ed25519(), stop.clone())?;
//! let peer = network.dial("/dns4/node.example/tcp/9700/p2p/12D3KooW...".parse()?).await?;
//! let status = network.request(peer, GetStatus).await?;
//! println!("{peer} is at height {}", status.height);
//! stop.cancel();
//! task.await?;
//! # Ok(())
//! # }
//! ```
//!
//! `examples/two_nodes.rs` also answers requests.

mod addressing;
mod behaviour;
mod clock;
mod codec;
mod config;
mod directory;
mod error;
mod frame;
mod gossip;
pub mod limits;
pub mod listening;
pub mod messages;
mod rates;
mod redial;
mod repetition;
mod replies;
mod scores;
mod service;

pub use addressing::{AddressBook, peer_of, with_peer};
pub use clock::unix_ms;
pub use config::{Limits, Mode, NetworkConfig};
pub use directory::{Contact, Directory, DirectoryError};
pub use error::{
    AddressError, DialError, FrameError, NetworkError, PublishError, RequestError, RespondError,
};
pub use frame::{Frame, FrameTag};
pub use gossip::{GossipMessage, GossipValidation, Topic};
pub use limits::Deadlines;
pub use messages::{
    CellProofsReply, ColumnCellProofs, ColumnsReply, DisperseRequest, GetBlobHeaders, GetBody,
    GetCellProofs, GetColumns, GetHeaders, GetSampledCells, GetSamples, GetStatus,
    GetValidatorUpdate, OfferUpdate, Propose, PushProofs, Reason, Refusal, Request, RequestKind,
    Response, RpcRequest, SampleReply, ShapeError, Status,
};
pub use scores::{Offence, ScoreBook, ScoreConfig, Sentence};
pub use service::{METRICS, Network, NetworkEvent, NetworkHandle, Responder};

/// The parts of libp2p that are in this crate's interface.
pub use libp2p::{Multiaddr, PeerId, identity};
