//! Reports: the outcome of sampling a height.

use std::{fmt, time::Duration};

use borsh::{
    BorshDeserialize, BorshSerialize,
    io::{Read, Result, Write},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use weft_chain::{HeaderHash, Height};
use weft_sampling::{Verdict, clients_needed, session};

/// The verdict on a block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum HeightVerdict {
    /// Every sample was verified, or the block is empty.
    Available,
    /// Some samples are missing: the block may be available or not.
    NotEnough,
    /// The block cannot be available.
    Unavailable {
        /// The proof of it, in words.
        evidence: String,
    },
}

impl HeightVerdict {
    /// The verdict in JSON: `available`, `not enough` or `unavailable`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::NotEnough => "not enough",
            Self::Unavailable { .. } => "unavailable",
        }
    }

    /// Whether the block is available.
    pub const fn is_available(&self) -> bool {
        matches!(self, Self::Available)
    }
}

impl fmt::Display for HeightVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { evidence } => write!(f, "unavailable: {evidence}"),
            other => f.write_str(other.as_str()),
        }
    }
}

/// The progress of sampling one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Samples chosen; 0 before the sampling begins.
    pub asked: u32,
    /// Samples verified.
    pub verified: u32,
    /// Samples not verified that some peer has refused or postponed.
    pub refused: u32,
}

impl Progress {
    /// The progress at the start, with this many samples chosen.
    pub(crate) fn of(samples: usize) -> Self {
        Self {
            asked: count(samples),
            ..Self::default()
        }
    }
}

impl From<session::Progress> for Progress {
    fn from(progress: session::Progress) -> Self {
        Self {
            asked: count(progress.asked),
            verified: count(progress.verified),
            refused: count(progress.refused),
        }
    }
}

/// The outcome of sampling the block at one height.
///
/// In JSON: `height`, `header_hash`, `rows`, `verdict`, `confidence`, `assumes`
/// ([`Self::ASSUMES`]), `clients_needed` where samples were chosen, `samples` (`asked`, `verified`,
/// `refused`, `invalid`, `unanswered`, `unreached`), `attempt`, `elapsed_ms`, and `evidence` where
/// the verdict is "unavailable".
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
#[non_exhaustive]
pub struct HeightReport {
    /// The height.
    pub height: Height,
    /// The hash of the final header at this height.
    pub header_hash: HeaderHash,
    /// Rows of the block.
    pub rows: u16,
    /// The verdict.
    pub verdict: HeightVerdict,
    /// The confidence that the block can be repaired, over all attempts, under the assumption
    /// [`Self::ASSUMES`].
    ///
    /// Over `n` attempts with fresh samples, an unrepairable block is found available with at most
    /// `n` times the probability of one attempt.
    pub confidence: f64,
    /// Samples chosen.
    pub asked: u32,
    /// Samples verified.
    pub verified: u32,
    /// Samples that were refused, or postponed until the deadline.
    pub refused: u32,
    /// Samples that were answered only with cells that do not verify.
    pub invalid: u32,
    /// Samples that were requested and not answered.
    pub unanswered: u32,
    /// Samples that could not be requested from any peer.
    pub unreached: u32,
    /// The number of attempts at this height, this one included.
    pub attempt: u32,
    /// The time that it took, to the microsecond.
    #[borsh(serialize_with = "write_duration", deserialize_with = "read_duration")]
    pub elapsed: Duration,
}

impl HeightReport {
    /// The assumption of [`confidence`](Self::confidence) about custodians that withhold data.
    ///
    /// Custodians see who requests which cell. A custodian that decides by the request can serve a few
    /// clients everything that they request while the block stays unrepairable; see
    /// [`Self::clients_needed`].
    pub const ASSUMES: &str = "withholding does not depend on who samples";

    /// How many clients with this many samples the network needs so that custodians that serve all of
    /// them have given out enough cells to repair the block.
    ///
    /// With fewer clients, custodians that see the requests can answer every client in full while the
    /// block stays unrepairable. `None` if no samples were chosen, 0 for an empty block. Cost: at most
    /// a few milliseconds.
    pub fn clients_needed(&self) -> Option<u64> {
        let (rows, samples) = (usize::from(self.rows), usize::try_from(self.asked).ok()?);
        (rows == 0 || samples > 0).then(|| clients_needed(rows, samples))
    }

    /// The report on a verdict.
    pub(crate) fn new(
        height: Height,
        header_hash: HeaderHash,
        rows: u16,
        attempt: u32,
        verdict: &Verdict,
        elapsed: Duration,
    ) -> Self {
        let attempt = attempt.max(1);
        let miss = (1.0 - verdict.confidence()) * f64::from(attempt);
        let mut report = Self {
            height,
            header_hash,
            rows,
            verdict: HeightVerdict::NotEnough,
            confidence: (1.0 - miss).clamp(0.0, 1.0),
            asked: 0,
            verified: 0,
            refused: 0,
            invalid: 0,
            unanswered: 0,
            unreached: 0,
            attempt,
            elapsed: Duration::from_micros(micros(elapsed)),
        };
        match verdict {
            Verdict::Available { samples, .. } => {
                report.verdict = HeightVerdict::Available;
                report.asked = count(*samples);
                report.verified = report.asked;
            }
            Verdict::NotEnough(shortfall) => {
                report.asked = count(shortfall.asked);
                report.verified = count(shortfall.verified);
                report.refused = count(shortfall.refused);
                report.invalid = count(shortfall.invalid);
                report.unanswered = count(shortfall.unanswered);
                report.unreached = count(shortfall.unreached);
            }
            Verdict::Invalid { evidence } => {
                report.verdict = HeightVerdict::Unavailable {
                    evidence: evidence.to_string(),
                };
            }
        }
        report
    }
}

/// A number of samples: at most 131,072, the cells of the largest extended matrix.
fn count(samples: usize) -> u32 {
    u32::try_from(samples).unwrap_or(u32::MAX)
}

/// Reports keep microseconds, in memory as in the store.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn write_duration<W: Write>(duration: &Duration, writer: &mut W) -> Result<()> {
    BorshSerialize::serialize(&micros(*duration), writer)
}

fn read_duration<R: Read>(reader: &mut R) -> Result<Duration> {
    u64::deserialize_reader(reader).map(Duration::from_micros)
}

#[derive(Serialize)]
struct Samples {
    asked: u32,
    verified: u32,
    refused: u32,
    invalid: u32,
    unanswered: u32,
    unreached: u32,
}

impl Serialize for HeightReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let samples = Samples {
            asked: self.asked,
            verified: self.verified,
            refused: self.refused,
            invalid: self.invalid,
            unanswered: self.unanswered,
            unreached: self.unreached,
        };
        let mut object = serializer.serialize_struct("HeightReport", 11)?;
        object.serialize_field("height", &self.height.get())?;
        object.serialize_field("header_hash", &self.header_hash.to_string())?;
        object.serialize_field("rows", &self.rows)?;
        object.serialize_field("verdict", self.verdict.as_str())?;
        match &self.verdict {
            HeightVerdict::Unavailable { evidence } => {
                object.serialize_field("evidence", evidence)?;
            }
            _ => object.skip_field("evidence")?,
        }
        object.serialize_field("confidence", &self.confidence)?;
        object.serialize_field("assumes", Self::ASSUMES)?;
        match self.clients_needed() {
            Some(clients) => object.serialize_field("clients_needed", &clients)?,
            None => object.skip_field("clients_needed")?,
        }
        object.serialize_field("samples", &samples)?;
        object.serialize_field("attempt", &self.attempt)?;
        object.serialize_field("elapsed_ms", &(self.elapsed.as_secs_f64() * 1e3))?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_sampling::session::Shortfall;

    use super::*;

    fn report(attempt: u32, verdict: &Verdict) -> HeightReport {
        let hash = HeaderHash::from_bytes([7; 32]);
        HeightReport::new(
            Height::new(4),
            hash,
            9,
            attempt,
            verdict,
            Duration::from_micros(1_500),
        )
    }

    #[test]
    fn json_has_the_agreed_fields() {
        let json = serde_json::to_value(report(1, &Verdict::available(9, 70))).unwrap();
        assert_eq!(json["verdict"], "available");
        assert_eq!(json["height"], 4);
        assert_eq!(json["samples"]["asked"], 70);
        assert_eq!(json["samples"]["verified"], 70);
        assert_eq!(json["samples"]["refused"], 0);
        assert_eq!(json["elapsed_ms"], 1.5);
        assert_eq!(json["header_hash"], "07".repeat(32));
        assert!(json.get("evidence").is_none());
    }

    #[test]
    fn the_confidence_never_goes_without_what_it_assumes() {
        let of = |verdict: &Verdict| serde_json::to_value(report(1, verdict)).unwrap();
        let json = of(&Verdict::available(9, 70));
        assert_eq!(
            json["assumes"],
            "withholding does not depend on who samples"
        );
        assert_eq!(json["clients_needed"], clients_needed(9, 70));
        let json = of(&Verdict::NotEnough(Shortfall::unreached(5)));
        assert_eq!(json["assumes"], HeightReport::ASSUMES);
        assert_eq!(json["clients_needed"], clients_needed(9, 5));
        // No number of clients without samples is enough.
        let json = of(&Verdict::NotEnough(Shortfall::unreached(0)));
        assert!(json.get("clients_needed").is_none());
    }

    #[test]
    fn more_attempts_are_worth_less() {
        let verdict = Verdict::available(9, 10);
        let (one, three) = (report(1, &verdict), report(3, &verdict));
        assert!((3.0 * (1.0 - one.confidence) - (1.0 - three.confidence)).abs() < 1e-12);
    }

    #[test]
    fn reports_survive_storage() {
        let mut shortfall = Shortfall::unreached(5);
        shortfall.refused = 2;
        shortfall.unreached = 3;
        let report = report(2, &Verdict::NotEnough(shortfall));
        let bytes = borsh::to_vec(&report).unwrap();
        assert_eq!(borsh::from_slice::<HeightReport>(&bytes).unwrap(), report);
        assert_eq!((report.asked, report.refused, report.unreached), (5, 2, 3));
    }
}
