//! The libp2p protocols that Weft's nodes and light clients share.
//!
//! ```text
//!   application                        this crate                              libp2p
//!  ┌───────────┐   requests   ┌───────────────────────────┐   frames   ┌──────────────────────┐
//!  │ custodian │ ───────────► │ NetworkHandle   (mailbox) │ ─────────► │ request-response     │
//!  │ gateway   │   events     │ engine: deadlines, slots, │   gossip   │ gossipsub            │
//!  │ orderer   │ ◄─────────── │ rates, scores, redialling │ ◄────────► │ identify, kad, ping  │
//!  │ light     │   answers    │ Responder, Validation     │            │ limits, block list   │
//!  └───────────┘ ───────────► └───────────────────────────┘            │ noise, TCP and QUIC  │
//!                                                                      └──────────────────────┘
//! ```
//!
//! - [`Network::start`] gives a [`NetworkHandle`] to ask with and a stream of [`NetworkEvent`]s to
//!   answer.
//! - Requests and replies are those of [`messages`]; one protocol, `/weft/{chain_id}/1`, carries
//!   them as [frames](Frame) whose size is checked before they are read ([`limits`]).
//! - Gossip is validated by the application before it is forwarded ([`GossipValidation`]).
//! - What is provably a peer's own fault is an [`Offence`]; enough of them are a ban
//!   ([`ScoreBook`]). A timeout never is.
//!
//! Nothing here verifies a proof or a signature: what comes out is unverified, and the types of
//! `weft-encoding` and `weft-chain` see to it that it cannot be taken for verified.

mod addressing;
mod behaviour;
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
pub use service::{Network, NetworkEvent, NetworkHandle, Responder};

/// The parts of libp2p that are in this crate's interface.
pub use libp2p::{Multiaddr, PeerId, identity};
