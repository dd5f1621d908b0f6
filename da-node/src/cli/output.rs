//! What subcommands print: JSON for machines on standard output, words and bars for people.

use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Prints one JSON object on one line.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
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

/// Tells people what goes on, on standard error; quiet for machines.
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

    /// What is being done.
    pub(super) fn doing(&self, what: impl Into<String>) {
        self.bar.set_style(spinner());
        self.bar.set_message(what.into());
    }

    /// How far it is.
    pub(super) fn at(&self, done: u64, of: u64) {
        self.bar.set_style(counted());
        self.bar.set_length(of);
        self.bar.set_position(done);
    }

    /// A line that stays.
    pub(super) fn done(&self, line: impl AsRef<str>) {
        if !self.quiet {
            self.bar.suspend(|| eprintln!("{}", line.as_ref()));
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
