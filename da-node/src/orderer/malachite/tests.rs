//! Whole engines against each other.

#![allow(clippy::unwrap_used)]

mod agreement;
mod crashes;
mod membership;
mod network;
