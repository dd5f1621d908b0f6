//! Nodes that talk over real sockets on loopback.

#![allow(clippy::unwrap_used)]

mod bans;
mod bounds;
mod chains;
mod deadlines;
mod discovery;
mod gossip;
mod hostile;
mod messages;
mod node;
mod raw_peer;
mod round_trips;
mod service;
mod wire;
