//! Output of subcommands: JSON for machines on standard output, text and progress bars for people.

use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Prints lines on standard output. A closed pipe is an error, not a panic.
pub(super) fn print(lines: impl Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{lines}").context("standard output")
}

/// Prints one JSON object on one line.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print(serde_json::to_string(value)?)
}

/// Prints a line for people on standard error.
pub(super) fn tell(line: impl Display) {
    // If standard error is closed, the failure cannot be reported.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// An error and its causes on one line. Some errors include the text of their cause: a cause that
/// was printed already is left out.
pub(super) fn causes(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told.push_str(": ");
            told.push_str(&cause);
        }
    }
    told
}

/// A number of rows as text.
pub(super) fn rows(rows: usize) -> String {
    format!("{rows} {}", if rows == 1 { "row" } else { "rows" })
}

/// A duration as people read it.
pub(super) fn human(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1e3;
    if ms < 1000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.2} s", ms / 1e3)
    }
}

/// Bytes as people read them.
pub(super) fn human_bytes(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// Milliseconds with three decimals, for JSON.
pub(super) fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Shows progress to people on standard error; silent for machines.
pub(super) struct Progress {
    quiet: bool,
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(spinner());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { quiet, bar }
    }

    /// Sets the current step.
    pub(super) fn doing(&self, what: impl Into<String>) {
        self.bar.set_style(spinner());
        self.bar.set_message(what.into());
    }

    /// Sets how far the current step is.
    pub(super) fn at(&self, done: u64, of: u64) {
        self.bar.set_style(counted());
        self.bar.set_length(of);
        self.bar.set_position(done);
    }

    /// Prints a line above the progress bar.
    pub(super) fn done(&self, line: impl AsRef<str>) {
        if !self.quiet {
            self.bar.suspend(|| tell(line.as_ref()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg}").expect("a legal template")
}

fn counted() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len}").expect("a legal template")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no such host")
            .context("not reached: no such host")
            .context("not posted");
        assert_eq!(causes(&error), "not posted: not reached: no such host");
        let error = anyhow::anyhow!("the disk is full").context("not written");
        assert_eq!(causes(&error), "not written: the disk is full");
    }
}
