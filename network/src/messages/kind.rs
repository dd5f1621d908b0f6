//! The kinds of request, each with its tag on the wire.

use std::fmt;

/// The kind of a request and of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RequestKind {
    /// Hand a custodian its columns of a blob.
    Disperse = 1,
    /// Hand a custodian the cell proofs of columns that it holds.
    PushProofs = 2,
    /// Ask for whole columns of a blob.
    Columns = 3,
    /// Ask for single cells of a block.
    Samples = 4,
    /// Ask for the headers of a block's blobs.
    BlobHeaders = 5,
    /// Ask for the body of a block.
    Body = 6,
    /// Ask for a range of signed headers.
    Headers = 7,
    /// Ask for the height of a peer's chain.
    Status = 8,
    /// Ask a validator to sign a block.
    Propose = 9,
    /// Ask for the update that introduced a validator set.
    ValidatorUpdate = 10,
    /// Ask for the cell proofs of columns of a blob.
    CellProofs = 11,
    /// Offer an update of the validator set.
    OfferUpdate = 12,
    /// Ask a light client for the cells of a block that it sampled.
    SampledCells = 13,
}

impl RequestKind {
    /// The number of kinds.
    pub const COUNT: usize = 13;

    /// Every kind, in the order of their tags.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Disperse,
        Self::PushProofs,
        Self::Columns,
        Self::Samples,
        Self::BlobHeaders,
        Self::Body,
        Self::Headers,
        Self::Status,
        Self::Propose,
        Self::ValidatorUpdate,
        Self::CellProofs,
        Self::OfferUpdate,
        Self::SampledCells,
    ];

    /// The tag on the wire.
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// The kind with this tag, if there is one.
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.tag() == tag)
    }

    /// The index in tables with one entry a kind, `0..COUNT`.
    pub(crate) const fn slot(self) -> usize {
        self as usize - 1
    }

    /// Whether a node in [`Mode::Light`](crate::Mode::Light) answers it. Such a node refuses all other
    /// kinds before it reads their payload.
    pub const fn is_of_light_clients(self) -> bool {
        matches!(self, Self::SampledCells | Self::Samples)
    }

    /// The name in metrics and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disperse => "disperse",
            Self::PushProofs => "push_proofs",
            Self::Columns => "columns",
            Self::Samples => "samples",
            Self::BlobHeaders => "blob_headers",
            Self::Body => "body",
            Self::Headers => "headers",
            Self::Status => "status",
            Self::Propose => "propose",
            Self::ValidatorUpdate => "validator_update",
            Self::CellProofs => "cell_proofs",
            Self::OfferUpdate => "offer_update",
            Self::SampledCells => "sampled_cells",
        }
    }
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_slots_are_a_bijection() {
        for (slot, kind) in RequestKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.slot(), slot);
            assert_eq!(RequestKind::from_tag(kind.tag()), Some(kind));
        }
        assert_eq!(RequestKind::from_tag(0), None);
        assert_eq!(RequestKind::from_tag(14), None);
        assert_eq!(RequestKind::from_tag(0xff), None);
    }
}
