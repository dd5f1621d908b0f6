//! Reports and progress for people.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use weft_light_client::{FollowStatus, HeightReport, Progress};

/// One report as a line.
pub(super) fn line(report: &HeightReport) -> String {
    let mut line = format!(
        "height {}  {} rows  {}  {}/{} samples",
        report.height, report.rows, report.verdict, report.verified, report.asked
    );
    for (count, what) in [
        (report.refused, "refused"),
        (report.invalid, "invalid"),
        (report.unanswered, "unanswered"),
        (report.unreached, "unreached"),
    ] {
        if count > 0 {
            line.push_str(&format!("  {count} {what}"));
        }
    }
    line.push_str(&format!("  confidence {}", confidence(report.confidence)));
    if let Some(clients) = report.clients_needed().filter(|clients| *clients > 1) {
        line.push_str(&format!(" if {clients} such clients sample"));
    }
    if report.attempt > 1 {
        line.push_str(&format!("  attempt {}", report.attempt));
    }
    line.push_str(&format!("  {:.2} s", report.elapsed.as_secs_f64()));
    line
}

/// A confidence, written as `1 - 2^x` where it is close to 1.
fn confidence(confidence: f64) -> String {
    let miss = 1.0 - confidence;
    if confidence >= 1.0 {
        "1".to_owned()
    } else if miss < 1e-3 {
        format!("1 - 2^{:.1}", miss.log2())
    } else {
        format!("{confidence:.4}")
    }
}

/// The progress bar of one height on standard error; hidden if that is no terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(shown: bool) -> Self {
        let bar = if shown {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn following(&self, status: &FollowStatus) {
        self.0.set_length(status.claimed.max(status.tip).get());
        self.0.set_position(status.tip.get());
        self.0.set_message(match &status.halted {
            Some(halted) => format!("headers ({halted})"),
            None => "headers".to_owned(),
        });
    }

    pub(super) fn sampling(&self, progress: Progress) {
        self.0.set_length(progress.asked.into());
        self.0.set_position(progress.verified.into());
        self.0.set_message(if progress.refused > 0 {
            format!("samples ({} refused)", progress.refused)
        } else {
            "samples".to_owned()
        });
    }

    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidences_are_readable() {
        assert_eq!(confidence(1.0), "1");
        assert_eq!(confidence(0.5), "0.5000");
        assert_eq!(confidence(1.0 - f64::powi(2.0, -30)), "1 - 2^-30.0");
        assert_eq!(confidence(0.0), "0.0000");
    }
}
