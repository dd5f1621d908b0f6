//! Nodes that talk over real sockets on loopback.

#![allow(clippy::unwrap_used)]

mod bans;
mod bounds;
mod chains;
mod deadlines;
mod discovery;
mod fixtures;
mod gossip;
mod hostile;
mod node;
mod raw_peer;
mod round_trips;
mod service;
mod wire;
