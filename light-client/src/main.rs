//! `weft-light`: follows a Weft chain and checks by sampling that its blocks can be had.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    cli::run(cli::Args::parse())
}
