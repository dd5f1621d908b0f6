//! The client against real servers on loopback, honest and hostile.
#![allow(clippy::unwrap_used)]

mod chain;
mod changes;
mod following;
mod gateway;
mod listing;
mod posting;
mod reading;
mod retired;
mod stalling;
mod transport;
mod validators;
mod zk_vectors;
