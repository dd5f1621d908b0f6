//! The client against real servers on loopback, honest and hostile.
#![allow(clippy::unwrap_used)]

mod chain;
mod changes;
mod checkpoint;
mod commitments;
mod expiry;
mod following;
mod gateway;
mod listing;
mod malformed;
mod posting;
mod reading;
mod retired;
mod stalling;
mod transport;
mod validators;
mod zk_vectors;
