//! From the network's types to the session's.

use weft_encoding::Fault;
use weft_network::{Refusal, RequestError, SampleReply};
use weft_sampling::session::{CellReply, RefusalKind, RequestFailure};

/// A refusal, classified by whether to ask the same peer again.
pub(super) fn refusal(refusal: &Refusal) -> RefusalKind {
    match refusal {
        Refusal::NotYet => RefusalKind::NotYet,
        Refusal::Busy | Refusal::Failed => RefusalKind::Busy,
        Refusal::Unknown => RefusalKind::UnknownBlock,
        _ => RefusalKind::NotHeld,
    }
}

/// The reply for one coordinate.
pub(super) fn reply(reply: SampleReply) -> CellReply {
    match reply {
        SampleReply::Cell { cell, proof } => CellReply::Cell { cell, proof },
        SampleReply::Refused(reason) => CellReply::Refused(refusal(&reason)),
    }
}

/// A failed request. A failure that is not the peer's fault counts as unanswered.
pub(super) fn failure(error: &RequestError) -> RequestFailure {
    match error {
        RequestError::Timeout { .. } => RequestFailure::Timeout,
        error if error.fault() == Fault::Peer => RequestFailure::Malformed,
        _ => RequestFailure::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use weft_network::{PeerId, RequestKind};

    use super::*;

    #[test]
    fn a_timeout_is_never_malformed() {
        let kind = RequestKind::Samples;
        let deadline = Duration::from_secs(1);
        let peer = PeerId::random();
        for error in [
            RequestError::Timeout { kind, deadline },
            RequestError::Unreachable { peer },
            RequestError::Disconnected { source: None },
            RequestError::Unsupported { peer },
            RequestError::Closed,
        ] {
            assert_ne!(failure(&error), RequestFailure::Malformed, "{error}");
        }
        let source = std::io::Error::other("garbage");
        assert_eq!(
            failure(&RequestError::Malformed { kind, source }),
            RequestFailure::Malformed
        );
    }

    #[test]
    fn only_what_may_change_is_a_postponement() {
        for (reason, postponed) in [
            (Refusal::NotYet, true),
            (Refusal::Busy, true),
            (Refusal::Failed, true),
            (Refusal::Unknown, true),
            (Refusal::NotHeld, false),
            (Refusal::NotServed, false),
            (Refusal::invalid("no"), false),
        ] {
            assert_eq!(refusal(&reason).is_postponement(), postponed, "{reason}");
        }
    }
}
