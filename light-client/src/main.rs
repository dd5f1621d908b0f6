//! `weft-light`: follows a Weft chain and checks by sampling that its blocks can be had.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

/// The command line is wrong, as in sysexits.h; 2 is a verdict.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    match cli::Args::try_parse() {
        Ok(args) => cli::run(args),
        Err(error) => {
            // Nothing can be said to a reader that has gone.
            let _ = error.print();
            if error.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            }
        }
    }
}
