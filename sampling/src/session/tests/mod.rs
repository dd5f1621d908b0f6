#![allow(clippy::unwrap_used)]

mod bench;
mod bounds;
mod matrix;
mod simulation;
mod strangers;
mod table;
