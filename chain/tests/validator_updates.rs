//! An update of the validator set counts when the set that it replaces approved it, and not else.

#![allow(clippy::unwrap_used)]

use weft_chain::{
    Block, BlockBody, BlockError, Canonical, CertificateBuilder, CertificateError, CertifiedBlob,
    ChainId, Digest, Fault, Height, MAX_UPDATE_DELAY, SignatureError, SignedValidatorUpdate,
    ValidatorEntryError, ValidatorSet, ValidatorSetError, ValidatorUpdate, ValidatorUpdateError,
};
use weft_test_chain::{TestChain, chain_id, index, unsigned_block};

/// All of four validators.
const ALL: [usize; 4] = [0, 1, 2, 3];

/// An update to validators with these stakes, who listen somewhere, from height 7 on.
fn update(chain: &TestChain, stakes: &[u64]) -> ValidatorUpdate {
    let mut update = chain.unsigned_update(&TestChain::with_stakes(stakes), 7);
    for entry in &mut update.validators {
        entry.addresses = vec!["/ip4/127.0.0.1/tcp/4000".into()];
    }
    update
}

/// What `verify` says of an approved update whose content was edited before the approval.
fn approved(edit: impl Fn(&mut ValidatorUpdate)) -> Result<(), ValidatorUpdateError> {
    let chain = TestChain::new(4);
    let mut next = update(&chain, &[1, 2, 3, 4, 5]);
    edit(&mut next);
    let outcome = chain
        .sign_update(next, &[0, 1, 2])
        .verify(&chain_id(), &chain.set);
    outcome.map(|_| ())
}

/// What `verify` says of an update that was edited after the approval.
fn tampered(edit: impl Fn(&mut SignedValidatorUpdate)) -> ValidatorUpdateError {
    let chain = TestChain::new(4);
    let mut signed = chain.sign_update(update(&chain, &[1, 2, 3, 4, 5]), &[0, 1, 2]);
    edit(&mut signed);
    let error = signed.verify(&chain_id(), &chain.set).unwrap_err();
    assert_eq!(error.fault(), Fault::Peer);
    error
}

/// The error of an aggregate that is a signature of something else.
fn is_foreign(error: &ValidatorUpdateError) -> bool {
    matches!(
        error,
        ValidatorUpdateError::Certificate(CertificateError::InvalidAggregate {
            source: SignatureError::Invalid { .. },
            ..
        })
    )
}

#[test]
fn an_approved_update_gives_the_next_set() {
    let chain = TestChain::new(4);
    let next = TestChain::with_stakes(&[1, 2, 3, 4, 5]).set;
    let signed = chain.sign_update(update(&chain, &[1, 2, 3, 4, 5]), &[0, 1, 2]);
    let verified = signed.verify(&chain_id(), &chain.set).unwrap();
    assert_eq!(verified.set(), &next);
    assert_eq!(verified.first_height(), Height::new(7));
    assert_eq!(verified.signed(), &signed);
    assert_eq!(verified.into_signed(), signed);
}

#[test]
fn two_thirds_exactly_are_not_enough() {
    let chain = TestChain::with_stakes(&[2, 2, 2]);
    let next = update(&chain, &[1]);
    let mut builder = CertificateBuilder::update(&chain_id(), next.id(), &chain.set);
    for (place, key) in chain.keys.iter().enumerate().take(2) {
        builder
            .add(index(place), key.sign(builder.message()))
            .unwrap();
    }
    let too_little = CertificateError::NotEnoughStake {
        signed: 4,
        total: 6,
    };
    assert_eq!(builder.build(), Err(too_little));
    // The sum of three signatures under the bits of two.
    let mut signed = chain.sign_update(next, &[0, 1, 2]);
    signed.certificate.signers = builder.signers().clone();
    assert!(matches!(
        signed.verify(&chain_id(), &chain.set),
        Err(ValidatorUpdateError::Certificate(
            CertificateError::NotEnoughStake {
                signed: 4,
                total: 6
            }
        ))
    ));
}

#[test]
fn the_next_set_can_not_approve_itself() {
    let chain = TestChain::new(4);
    let usurpers = chain.with_members(&[10, 11, 12, 13]);
    let next = chain.unsigned_update(&usurpers, 7);
    let signed = usurpers.sign_update(next, &ALL);
    assert!(is_foreign(
        &signed.verify(&chain_id(), &chain.set).unwrap_err()
    ));
}

#[test]
fn an_update_does_not_move_to_another_chain() {
    let other: ChainId = "weft-test-2".parse().unwrap();
    let chain = TestChain::new(4);
    let mut signed = chain.sign_update(update(&chain, &[1]), &ALL);
    assert_eq!(
        signed.verify(&other, &chain.set),
        Err(ValidatorUpdateError::WrongChain {
            expected: other,
            actual: chain_id(),
        })
    );
    // The same validators on the other chain never signed it, whatever it says.
    signed.update.chain_id = other;
    signed.certificate.update_id = signed.update.id();
    assert!(is_foreign(&signed.verify(&other, &chain.set).unwrap_err()));
}

#[test]
fn an_update_is_not_replayed_against_another_set() {
    let chain = TestChain::new(4);
    let signed = chain.sign_update(update(&chain, &[1, 1, 1, 2]), &ALL);
    let verified = signed.verify(&chain_id(), &chain.set).unwrap();
    let after = verified.set();
    assert_eq!(
        signed.verify(&chain_id(), after),
        Err(ValidatorUpdateError::WrongSet {
            expected: after.root(),
            actual: chain.set.root(),
        })
    );
    // Relabelled for the set after it, which has the same keys: the signatures are of the old one.
    let mut relabelled = signed.clone();
    relabelled.update.replaces = after.root();
    assert!(matches!(
        relabelled.verify(&chain_id(), after),
        Err(ValidatorUpdateError::WrongUpdate { .. })
    ));
    relabelled.certificate.update_id = relabelled.update.id();
    assert!(is_foreign(
        &relabelled.verify(&chain_id(), after).unwrap_err()
    ));
    // Nor does the certificate alone verify with that set.
    assert!(signed.certificate.verify(&chain_id(), after).is_err());
}

#[test]
fn the_approval_binds_every_field() {
    let edits: [fn(&mut ValidatorUpdate); 7] = [
        |u| u.first_height = Height::new(8),
        |u| u.validators[1].stake += 1,
        |u| u.validators[1].name.push('x'),
        |u| u.validators[1].peer_id = "12D3KooWAttacker".into(),
        |u| u.validators[1].addresses[0] = "/ip4/10.6.6.6/tcp/4000".into(),
        |u| {
            u.validators[1]
                .consensus_addresses
                .push("/ip4/10.6.6.6/tcp/4002".into());
        },
        |u| u.validators.swap(0, 1),
    ];
    for edit in edits {
        assert!(matches!(
            tampered(|signed| edit(&mut signed.update)),
            ValidatorUpdateError::WrongUpdate { .. }
        ));
        assert!(is_foreign(&tampered(|signed| {
            edit(&mut signed.update);
            signed.certificate.update_id = signed.update.id();
        })));
    }
    assert!(matches!(
        tampered(|signed| signed.certificate.update_id = Digest::ZERO),
        ValidatorUpdateError::WrongUpdate { .. }
    ));
    assert!(is_foreign(&tampered(|signed| signed
        .certificate
        .signers
        .insert(index(3))
        .unwrap())));
}

#[test]
fn approval_does_not_make_a_set_of_what_is_none() {
    use ValidatorUpdateError::Validators;
    approved(|_| ()).unwrap();
    assert!(matches!(
        approved(|u| u.validators[2] = u.validators[0].clone()),
        Err(Validators(ValidatorSetError::DuplicateKey {
            first: 0,
            second: 2,
            ..
        }))
    ));
    assert!(matches!(
        approved(|u| u.validators[3].stake = 0),
        Err(Validators(ValidatorSetError::ZeroStake { index: 3 }))
    ));
    assert!(matches!(
        approved(|u| u.validators[1].stake = u64::MAX),
        Err(Validators(ValidatorSetError::StakeOverflow { index: 1 }))
    ));
    assert!(matches!(
        approved(|u| u.validators[1].proof_of_possession = u.validators[0].proof_of_possession),
        Err(Validators(ValidatorSetError::ProofOfPossession {
            index: 1,
            ..
        }))
    ));
    assert!(matches!(
        approved(|u| u.validators.clear()),
        Err(Validators(ValidatorSetError::SizeOutOfRange {
            validators: 0
        }))
    ));
    assert!(matches!(
        approved(|u| u.validators = vec![u.validators[0].clone(); 1025]),
        Err(Validators(ValidatorSetError::SizeOutOfRange {
            validators: 1025
        }))
    ));
}

#[test]
fn entries_keep_their_limits() {
    let refuse =
        |edit: fn(&mut weft_chain::ValidatorEntry)| match approved(|u| edit(&mut u.validators[4]))
            .unwrap_err()
        {
            ValidatorUpdateError::Entry { index: 4, source } => source,
            other => panic!("{other}"),
        };
    let too_long = |field, len, max| ValidatorEntryError::TooLong { field, len, max };
    assert_eq!(
        refuse(|e| e.name = "n".repeat(65)),
        too_long("name", 65, 64)
    );
    assert_eq!(
        refuse(|e| e.peer_id = "p".repeat(129)),
        too_long("peer id", 129, 128)
    );
    assert_eq!(
        refuse(|e| e.addresses.push("a".repeat(257))),
        too_long("address", 257, 256)
    );
    assert_eq!(
        refuse(|e| e.consensus_addresses = vec![String::new(); 9]),
        ValidatorEntryError::TooManyAddresses {
            field: "consensus addresses",
            count: 9
        }
    );
    // Each entry within its limits, all of them together not.
    let error = approved(|u| {
        let mut largest = u.validators[0].clone();
        largest.addresses = vec!["a".repeat(256); 8];
        largest.consensus_addresses = vec!["a".repeat(256); 8];
        u.validators = vec![largest; 256];
    });
    assert!(matches!(error, Err(ValidatorUpdateError::TooLarge { len }) if len > 1 << 20));
}

#[test]
fn the_new_set_begins_after_the_block_and_not_too_late() {
    let chain = TestChain::new(4);
    let verified = |first: u64| {
        let mut next = update(&chain, &[1]);
        next.first_height = Height::new(first);
        chain
            .sign_update(next, &ALL)
            .verify(&chain_id(), &chain.set)
            .unwrap()
    };
    let seventh = verified(7);
    seventh.check_height(Height::new(6)).unwrap();
    seventh.check_height(Height::FIRST).unwrap();
    for included in [7, 8, u64::MAX] {
        let included_at = Height::new(included);
        let refused = ValidatorUpdateError::Height {
            included_at,
            first_height: Height::new(7),
        };
        assert_eq!(seventh.check_height(included_at), Err(refused));
    }
    let at = Height::new(50);
    verified(50 + MAX_UPDATE_DELAY).check_height(at).unwrap();
    let error = verified(51 + MAX_UPDATE_DELAY)
        .check_height(at)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the update begins at height 100051, in block 50 it takes 51 to 100050"
    );
    assert!(verified(0).check_height(Height::GENESIS).is_err());
    assert!(verified(u64::MAX).check_height(Height::FIRST).is_err());
}

#[test]
fn a_block_has_the_update_of_its_own_chain_set_and_height() {
    let chain = TestChain::new(4);
    let other = TestChain::with_stakes(&[1, 2]).set;
    let build = |edit: fn(&mut ValidatorUpdate, &ValidatorSet)| {
        let mut next = update(&chain, &[1, 2, 3]);
        edit(&mut next, &other);
        let body = BlockBody {
            blobs: Vec::new(),
            update: Some(chain.sign_update(next, &ALL)),
        };
        Block::build(&chain.start(), 0, index(0), chain.set.root(), body)
    };
    let block = build(|_, _| ()).unwrap();
    block.verify_derivation().unwrap();
    for error in [
        build(|u, _| u.chain_id = "elsewhere".parse().unwrap()),
        build(|u, other| u.replaces = other.root()),
        build(|u, _| u.first_height = Height::FIRST),
        build(|u, _| u.validators[0].name = "n".repeat(65)),
    ] {
        assert!(matches!(error, Err(BlockError::Update(_))), "{error:?}");
    }
    let mut relabelled = block.clone();
    relabelled
        .body
        .update
        .as_mut()
        .unwrap()
        .certificate
        .update_id = Digest::ZERO;
    assert!(matches!(
        relabelled.verify_derivation(),
        Err(BlockError::Update(ValidatorUpdateError::WrongUpdate { .. }))
    ));
}

#[test]
fn the_body_root_says_whether_there_is_an_update_and_which() {
    let chain = TestChain::new(4);
    let with = |signed: &SignedValidatorUpdate| Some(signed.clone());
    let three = chain.sign_update(update(&chain, &[1]), &[0, 1, 2]);
    let four = chain.sign_update(update(&chain, &[1]), &ALL);
    for blobs in 0..4 {
        let blobs: Vec<_> = (1..=blobs)
            .map(|seed| chain.certified(1, seed, 1))
            .collect();
        let root = |update| {
            let blobs = blobs.clone();
            BlockBody { blobs, update }.root()
        };
        assert_ne!(root(None), root(with(&three)));
        // The same update with another quorum's approval is another body.
        assert_ne!(root(with(&three)), root(with(&four)));
    }
    // The header follows from the update too.
    let mut stripped = unsigned_block(&chain.start(), Vec::new());
    stripped.body.update = Some(three);
    assert!(matches!(
        stripped.verify_derivation(),
        Err(BlockError::WrongRoot { field: "body", .. })
    ));
}

/// The leaf of an update in the body's tree, taken for that of a blob, decodes to none.
#[test]
fn an_update_s_leaf_is_no_blob_s() {
    let chain = TestChain::new(4);
    let signed = chain.sign_update(update(&chain, &[1]), &ALL);
    let leaf = [b"weft/body-update/1".as_slice(), &signed.encode()].concat();
    let body = BlockBody {
        blobs: Vec::new(),
        update: Some(signed),
    };
    // One leaf is its tree's root, so this is the leaf, whatever the tree is made of.
    assert_eq!(body.root(), weft_encoding::merkle::leaf_hash(&leaf));
    let error = CertifiedBlob::decode(&leaf).unwrap_err().to_string();
    assert!(error.contains("version 101, only version 0"), "{error}");
}

#[test]
fn the_json_of_an_update_is_read_back_and_keeps_the_limits() {
    let chain = TestChain::new(4);
    let mut next = update(&chain, &[1, 2]);
    next.validators[0].consensus_addresses = vec!["/ip4/127.0.0.1/tcp/4002".into()];
    let signed = chain.sign_update(next, &[1, 2, 3]);
    let json = serde_json::to_value(&signed).unwrap();
    let read = |json: &serde_json::Value| {
        serde_json::from_value::<SignedValidatorUpdate>(json.clone()).map_err(|e| e.to_string())
    };
    assert_eq!(read(&json).unwrap(), signed);
    assert_eq!(json["update"]["replaces"], chain.set.root().to_string());
    assert_eq!(json["update"]["first_height"], 7);
    assert_eq!(json["certificate"]["signers"], "04000e");
    let second = &json["update"]["validators"][1];
    assert_eq!(second.get("consensus_addresses"), None);

    let refuse = |pointer: &str, value: serde_json::Value, says: &str| {
        let mut edited = json.clone();
        *edited.pointer_mut(pointer).unwrap() = value;
        let error = read(&edited).unwrap_err();
        assert!(error.contains(says), "{error}");
    };
    refuse("/update/replaces", "00".into(), "");
    refuse("/update/first_height", (-1).into(), "u64");
    refuse("/update/validators", serde_json::json!([]), "1 to 1024");
    let entry = &json["update"]["validators"][1];
    refuse(
        "/update/validators",
        vec![entry.clone(); 1025].into(),
        "has 1025 validators",
    );
    refuse(
        "/update/validators/1/name",
        "n".repeat(65).into(),
        "validator 1 of the update is refused: its name has 65 bytes",
    );
    refuse("/update/validators/1/stake", (-1).into(), "u64");
    refuse("/certificate/signers", "04001e".into(), "padding");
    refuse("/certificate/signers", "ffff".repeat(200).into(), "limit");
    refuse("/certificate/signature", "00".into(), "192 hex digits");
    for object in ["", "/update", "/certificate", "/update/validators/0"] {
        let mut edited = json.clone();
        edited.pointer_mut(object).unwrap()["extra"] = 1.into();
        let error = read(&edited).unwrap_err();
        assert!(error.contains("unknown field `extra`"), "{error}");
    }
}
