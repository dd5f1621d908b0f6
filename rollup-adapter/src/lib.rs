#![doc = include_str!("../README.md")]
//!
//! ## Where to begin
//!
//! - [`DataAvailability`] is the port: post, wait, read, list a namespace completely, subscribe.
//! - [`verify`] has the checks, and [`Trust`] what they rest on.
//! - [`api`] has the JSON types of the gateway's HTTP interface.
#![cfg_attr(
    feature = "http",
    doc = "- [`HttpClient`] implements the port over a gateway, as [`client::ClientConfig`] says."
)]
#![cfg_attr(feature = "zk", doc = "- [`zk`] verifies rows inside a prover.")]

mod availability;
#[cfg(feature = "http")]
pub mod client;
pub mod verify;
#[cfg(feature = "zk")]
pub mod zk;

pub use availability::{
    BlockStream, DataAvailability, FetchReceiptError, LearnError, ListError, NamespaceStream,
    PostError, ReadError, ReadOutcome, StaleHead, SubscribeError, TransportError, WaitForError,
};
#[cfg(feature = "http")]
pub use client::HttpClient;
pub use verify::{NamespaceList, ProvenMalformed, Trust, VerifiedBatch, VerifiedReceipt};
pub use weft_gateway_api as api;
pub use weft_gateway_api::Wait;

pub use weft_chain::{BlobId, ChainId, Genesis, Height, Namespace, VerifiedHeader};
pub use weft_encoding::{Fault, Layout};
