//! The command line of `weft-light`.

mod args;
mod identity;
mod output;
mod run;

pub(crate) use args::Args;
pub(crate) use run::run;
