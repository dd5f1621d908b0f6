//! What a byzantine proposer proposes.

use weft_chain::{
    AvailabilityCertificate, Block, BlockBody, CertifiedBlob, Digest, HeaderHash, Height,
    SecretKey, Signature, SignedValidatorUpdate, SignerBitmap, SigningMessage, UpdateCertificate,
    ValidatorEntry, ValidatorIndex, ValidatorUpdate, availability_message, finality_message,
    update_message,
};
use weft_ledger::{HeaderRules, Ledger};
use weft_test_chain::{header, index};

use super::super::network::TestNetwork;

/// One violation in a round that this validator proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// A blob that only this validator has certified.
    Uncertified,
    /// A blob twice in the block.
    Twice,
    /// A blob of an earlier block, too soon.
    OrderedBefore,
    /// A blob whose certificate expires too early.
    ShortLived,
    /// The second to last block as the parent.
    Parent,
    /// A change of the validators that only this validator has signed.
    Update,
    /// A block of the next hour.
    TimeAhead,
    /// The root of a next set that does not exist.
    NextSet,
    /// Another validator as the proposer.
    Impostor,
    /// Bytes of no block under a hash of no block.
    Garbage,
    /// The right header over another body, then the right block.
    OtherBodyFirst,
    /// Bytes of no block under the right hash, then the right block.
    GarbageFirst,
    /// Two valid blocks.
    TwoHeaders,
}

impl Lie {
    /// Blocks that get no vote, with the reason label that is counted.
    pub(super) const BLOCKS: [(Self, &str); 9] = [
        (Self::Uncertified, "certificate"),
        (Self::Twice, "repeated_blob"),
        (Self::OrderedBefore, "repeated_blob"),
        (Self::ShortLived, "expiry"),
        (Self::Parent, "parent"),
        (Self::Update, "update"),
        (Self::TimeAhead, "time"),
        (Self::NextSet, "header"),
        (Self::Impostor, "proposer"),
    ];
}

/// The parts of a byzantine validator's blocks.
#[derive(Debug)]
pub(super) struct Forge {
    own: ValidatorIndex,
    entry: ValidatorEntry,
    key: SecretKey,
    ledger: Ledger,
    ordered: CertifiedBlob,
    short_lived: CertifiedBlob,
    fresh: CertifiedBlob,
}

impl Forge {
    /// For a validator whose chain has ordered [`ordered`] before it lies.
    pub(super) fn new(network: &TestNetwork, place: usize, ledger: Ledger) -> Self {
        Self {
            own: index(place),
            entry: network.chain.genesis.validators[place].clone(),
            key: network.chain.keys[place].clone(),
            ledger,
            ordered: ordered(network),
            short_lived: network.chain.certify(&header(4, 4, 1), Height::new(40)),
            fresh: network.chain.certified(2, 2, 1),
        }
    }

    /// The block of a lie, valid apart from the lie.
    pub(super) fn block(&self, lie: Lie, honest: &Block) -> Block {
        let mut block = honest.clone();
        let header = &mut block.header;
        match lie {
            Lie::Uncertified => return self.with(honest, vec![self.uncertified()], None),
            Lie::OrderedBefore => return self.with(honest, vec![self.ordered.clone()], None),
            Lie::ShortLived => return self.with(honest, vec![self.short_lived.clone()], None),
            Lie::Update => {
                let update = self.update(honest.header.height.saturating_add(5));
                return self.with(honest, Vec::new(), Some(update));
            }
            Lie::Twice => {
                block = self.with(honest, vec![self.fresh.clone()], None);
                block.body.blobs.push(self.fresh.clone());
                block.header.rows *= 2;
                block.header.body_root = block.body.root();
            }
            Lie::Parent => header.parent = self.grandparent(honest.header.height),
            Lie::TimeAhead => header.time += 3_600_000,
            Lie::NextSet => header.next_validator_set_root = Digest::from_bytes([9; 32]),
            Lie::Impostor => header.proposer = index((self.own.get() + 1) % 4),
            Lie::TwoHeaders => header.time += 1,
            Lie::OtherBodyFirst => block.body.blobs.push(self.fresh.clone()),
            Lie::Garbage | Lie::GarbageFirst => {}
        }
        block
    }

    /// The signature for finality, of any header.
    pub(super) fn sign(&self, height: Height, round: u32, header: &HeaderHash) -> Signature {
        let rules = self.rules();
        let set_root = rules.set_root(height);
        let message = finality_message(&rules.chain_id, header, round, &set_root);
        self.key.sign(&message)
    }

    fn rules(&self) -> &HeaderRules {
        self.ledger.rules()
    }

    fn with(
        &self,
        honest: &Block,
        blobs: Vec<CertifiedBlob>,
        update: Option<SignedValidatorUpdate>,
    ) -> Block {
        let header = &honest.header;
        let parent = self.rules().parent(&self.ledger.head());
        assert_eq!(parent.hash, header.parent);
        let next = header.next_validator_set_root;
        let body = BlockBody { blobs, update };
        Block::build(&parent, header.time, self.own, next, body).unwrap()
    }

    fn grandparent(&self, height: Height) -> HeaderHash {
        let parent = Height::new(height.get() - 1);
        let signed = self.ledger.store().signed_header(parent).unwrap().unwrap();
        signed.header.parent
    }

    /// This validator's signature, and the bitmap that names it as the only signer.
    fn alone(&self, message: &SigningMessage) -> (SignerBitmap, Signature) {
        let mut signers = SignerBitmap::new(4).unwrap();
        signers.insert(self.own).unwrap();
        (signers, self.key.sign(message))
    }

    fn uncertified(&self) -> CertifiedBlob {
        let header = header(3, 3, 1);
        let rules = self.rules();
        let (blob_id, expiry) = (header.id(), rules.retention.expiry(Height::FIRST));
        let validator_set_root = rules.set_root(Height::FIRST);
        let message = availability_message(&rules.chain_id, &blob_id, &validator_set_root, expiry);
        let (signers, signature) = self.alone(&message);
        let certificate = AvailabilityCertificate {
            blob_id,
            validator_set_root,
            expiry,
            signers,
            signature,
        };
        CertifiedBlob {
            header,
            certificate,
        }
    }

    fn update(&self, first_height: Height) -> SignedValidatorUpdate {
        let rules = self.rules();
        let replaces = rules.set_root(Height::FIRST);
        let update = ValidatorUpdate {
            chain_id: rules.chain_id,
            replaces,
            first_height,
            validators: vec![self.entry.clone()],
        };
        let update_id = update.id();
        let (signers, signature) =
            self.alone(&update_message(&rules.chain_id, &update_id, &replaces));
        let certificate = UpdateCertificate {
            update_id,
            signers,
            signature,
        };
        SignedValidatorUpdate {
            update,
            certificate,
        }
    }
}

/// The blob that is ordered before the lies begin.
pub(super) fn ordered(network: &TestNetwork) -> CertifiedBlob {
    network.chain.certified(1, 1, 1)
}
