//! `weft-light`: follows a Weft chain and checks by sampling that its blocks are available.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

/// The exit status of a wrong command line, as in sysexits.h; 2 is a verdict's.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    match cli::Args::try_parse() {
        Ok(args) => cli::run(args),
        Err(error) => {
            // A failed write to a closed terminal cannot be reported.
            let _ = error.print();
            if error.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            }
        }
    }
}
