//! Whole engines against each other.

#![allow(clippy::unwrap_used)]

mod agreement;
mod byzantine;
mod crashes;
mod membership;
mod metrics;
mod network;
