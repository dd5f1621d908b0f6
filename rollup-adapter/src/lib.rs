//! What a rollup imports to post to Weft, read back, and verify all that it is given.
//!
//! ```text
//!   rollup ── DataAvailability ── HttpClient ──HTTP──> a gateway, trusted with nothing
//!                  │                   │
//!                  │                verify: receipts, batches, namespace lists, headers
//!                  │                   │      against Trust: chain id, genesis, validator sets
//!                  └ other ecosystems' protocols are servers over this one trait
//! ```
//!
//! [`DataAvailability`] is the port: post, wait, read, list a namespace completely, follow the
//! chain. [`HttpClient`] implements it over a gateway's HTTP interface, whose shapes are in
//! [`api`]. [`verify`] turns what came from a gateway into types that say it is proven; [`zk`] is
//! the part of it that a ZK rollup runs inside its prover. When the validators change, the client
//! learns the new set from the gateway with the signatures of the set before it, so [`Trust`] in a
//! genesis is enough for the whole chain, for as long as replaced validators are relied on. A
//! checkpoint and a trusting period bound that.
//!
//! # Quick start
//!
//! ```no_run
//! use weft_rollup_adapter::{DataAvailability, HttpClient, Layout, ReadOutcome, Trust, Wait};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let genesis = serde_json::from_str(&std::fs::read_to_string("genesis.json")?)?;
//! let da = HttpClient::new("http://127.0.0.1:4680", Trust::from_genesis(&genesis)?)?;
//! let namespace = "0a11ce".parse()?;
//! let receipt = da.post(&namespace, Layout::Packed, "a batch".into(), Wait::Ordered).await?;
//! match da.read(&receipt.blob_id()).await? {
//!     ReadOutcome::Batch(read) => assert_eq!(&read.batch()[..], b"a batch"),
//!     ReadOutcome::Malformed(proven) => println!("no batch, skipped: {}", proven.reason()),
//! }
//! # Ok(())
//! # }
//! ```

mod availability;
pub mod client;
pub mod verify;
pub mod zk;

pub use availability::{
    BlockStream, DataAvailability, FetchReceiptError, ListError, NamespaceStream, PostError,
    ReadError, ReadOutcome, SubscribeError, WaitForError,
};
pub use client::{HttpClient, TransportError};
pub use verify::{NamespaceList, ProvenMalformed, Trust, VerifiedBatch, VerifiedReceipt};
pub use weft_gateway_api as api;
pub use weft_gateway_api::Wait;

pub use weft_chain::{BlobId, ChainId, Genesis, Height, Namespace, VerifiedHeader};
pub use weft_encoding::{Fault, Layout};
