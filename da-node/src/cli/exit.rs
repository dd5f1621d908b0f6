//! How commands end: their exit status and their error messages.

use std::fmt;
use std::process::ExitCode;

use weft_encoding::Fault;
use weft_ledger::store::StoreError;
use weft_light_client::HeightVerdict;

use super::output::{causes, tell};
use crate::node::{NodeError, ServiceEnded};

/// The command line is wrong (`EX_USAGE` of sysexits.h). Not 2, which is a verdict.
const USAGE: u8 = 64;
/// A service failed (`EX_SOFTWARE` of sysexits.h): the process must be restarted.
const SERVICE_ENDED: u8 = 70;
/// Samples are missing.
const NOT_ENOUGH: u8 = 2;
/// The block cannot be available.
const UNAVAILABLE: u8 = 3;

/// The blob holds no batch, proven.
const MALFORMED: u8 = 4;

/// The help on the exit status.
pub(super) const HELP: &str = "\
Exit status:
  0   done, and for `status` ready, for `sample` available
  1   failed; standard error says why, and what to do next
  2   `sample`: not enough samples were served
  3   `sample`: unavailable
  4   `get`: the blob is proven to hold no batch
  64  the command line is wrong
  70  a service of a node ended while it ran; start it again";

/// The status of a verdict, the same as that of `weft-light`.
pub(super) fn of_verdict(verdict: &HeightVerdict) -> ExitCode {
    match verdict {
        HeightVerdict::Available => ExitCode::SUCCESS,
        HeightVerdict::NotEnough => ExitCode::from(NOT_ENOUGH),
        HeightVerdict::Unavailable { .. } => ExitCode::from(UNAVAILABLE),
    }
}

/// The status of a blob that is proven to hold no batch.
pub(super) fn of_malformed() -> ExitCode {
    ExitCode::from(MALFORMED)
}

/// Help and version go to standard output with status 0; all else is a failure.
pub(super) fn of_usage(error: &clap::Error) -> ExitCode {
    // If the output is closed, the failure cannot be reported.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(USAGE)
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints the failure and, if known, what to do next.
pub(super) fn of_error(error: &anyhow::Error) -> ExitCode {
    let reader_has_gone = error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
    if reader_has_gone {
        // A reader such as `head` closed the pipe: that needs no message.
        return ExitCode::FAILURE;
    }
    match error.downcast_ref::<Advised>() {
        Some(Advised { failure, advice }) => {
            tell(format_args!("weft: {}\n      {advice}", causes(failure)));
            status_of(failure)
        }
        None => {
            tell(format_args!("weft: {}", causes(error)));
            status_of(error)
        }
    }
}

/// The exit status of a failure.
fn status_of(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(|cause| cause.is::<Misused>()) {
        return ExitCode::from(USAGE);
    }
    if error.chain().any(|cause| cause.is::<ServiceEnded>()) {
        return ExitCode::from(SERVICE_ENDED);
    }
    ExitCode::FAILURE
}

/// A usage error that clap does not detect.
#[derive(Debug)]
struct Misused(anyhow::Error);

impl fmt::Display for Misused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&causes(&self.0))
    }
}

impl std::error::Error for Misused {}

/// Marks a failure as a usage error that only the command itself can detect.
pub(super) fn misused(failure: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Misused(failure.into()))
}

/// The failure of a node or network that lost a service while it ran and was stopped.
pub(super) fn service_ended(failure: impl Into<anyhow::Error>) -> anyhow::Error {
    advise(failure.into(), "the log says why; start it again")
}

/// A failure with advice on what to do next.
#[derive(Debug)]
struct Advised {
    failure: anyhow::Error,
    advice: String,
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&causes(&self.failure))
    }
}

impl std::error::Error for Advised {}

/// Adds advice on what to do next to a failure.
pub(super) fn advise(failure: anyhow::Error, advice: impl Into<String>) -> anyhow::Error {
    let advice = advice.into();
    anyhow::Error::new(Advised { failure, advice })
}

/// The failure of a call to the gateway at `url`, with advice by its fault.
pub(super) fn gateway_failed(error: anyhow::Error, fault: Fault, url: &str) -> anyhow::Error {
    let advice = match fault {
        Fault::Caller => return error,
        Fault::Retry => format!(
            "try again; if it fails again, check that a gateway runs at {url} (`weft devnet` starts \
             one), or name another with --gateway"
        ),
        Fault::Peer => format!(
            "do not rely on {url}; `weft status` tells whether it follows the chain of --genesis"
        ),
        Fault::Local => format!("the log of the gateway at {url} says more"),
    };
    advise(error, advice)
}

/// The failure of a node or network to start, with advice.
pub(super) fn start_failed(error: anyhow::Error) -> anyhow::Error {
    let advice = error.chain().find_map(|cause| {
        if let Some(NodeError::ApiListen { .. }) = cause.downcast_ref() {
            return Some("name a free address: --api, or api.listen in the configuration");
        }
        if let Some(NodeError::Listen { .. }) = cause.downcast_ref() {
            return Some("stop the program that listens there, or name a free address");
        }
        let store: Option<&StoreError> = cause.downcast_ref();
        store
            .is_some_and(StoreError::is_in_use)
            .then_some("another process runs on this folder: stop it, or name another folder")
    });
    match advice {
        Some(advice) => advise(error, advice),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_apart_from_the_failure() {
        let error = advise(anyhow::anyhow!("it broke"), "mend it");
        let advised = error.downcast_ref::<Advised>().expect("advice");
        assert_eq!(advised.to_string(), "it broke");
        assert_eq!(advised.advice, "mend it");
    }

    #[test]
    fn a_gateways_fault_is_no_advice_to_the_caller() {
        let failed = |fault| gateway_failed(anyhow::anyhow!("wrong"), fault, "http://a");
        assert!(failed(Fault::Caller).downcast_ref::<Advised>().is_none());
        for fault in [Fault::Retry, Fault::Peer, Fault::Local] {
            let error = failed(fault);
            let advised = error.downcast_ref::<Advised>().expect("advice");
            assert!(advised.advice.contains("http://a"), "{}", advised.advice);
        }
    }
}
