//! The client against real servers on loopback, honest and hostile.
#![allow(clippy::unwrap_used)]

mod chain;
mod following;
mod gateway;
mod listing;
mod posting;
mod reading;
mod transport;
mod zk_vectors;
