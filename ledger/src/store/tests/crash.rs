//! A killed writer: every acknowledged write survives.
//!
//! The test starts its own binary again as a child that writes from several threads and prints a
//! line after each acknowledged write. It kills the child with SIGKILL after a number of lines from
//! the seed, reopens the file, checks every line, and repeats with the same file.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{
    BlobId, Block, BlockBody, CertifiedBlob, Height, Parent, Signature, SignedValidatorUpdate,
    SignerBitmap, UpdateCertificate, ValidatorIndex, ValidatorUpdate,
};
use weft_encoding::Digest;
use weft_test_chain::{TestChain, namespace, row, unsigned_blob, unsigned_finality};

use super::*;
use crate::store::StoreError;

const FOLDER: &str = "WEFT_STORE_CRASH_FOLDER";
const FROM: &str = "WEFT_STORE_CRASH_FROM";
const CHILD: &str = "store::tests::crash::child";
const ROUNDS: u64 = 8;
const WRITERS: u64 = 3;
/// Numbers that belong to one writer in one round.
const SPAN: u64 = 100_000;

#[test]
fn every_acknowledged_write_survives_a_kill() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        let lines = rng.random_range(1..80);
        let from = round * WRITERS * SPAN;
        acknowledged.read(folder.path(), from, lines);
        acknowledged.check(&open(folder.path()));
    }
    let (numbers, blocks) = (acknowledged.numbers.len(), acknowledged.blocks.len());
    println!("{numbers} acknowledged blobs and {blocks} blocks are there");
    assert!(numbers as u64 >= ROUNDS, "the children wrote too little");
    assert!(blocks > 0, "the children made no block");
}

#[derive(Default)]
struct Acknowledged {
    numbers: Vec<u64>,
    blocks: BTreeMap<u64, HeaderHash>,
    kept: BTreeMap<u64, HeaderHash>,
}

impl Acknowledged {
    /// Runs a child until it has printed `lines` lines, kills it, and reads all its output.
    fn read(&mut self, folder: &Path, from: u64, lines: usize) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", CHILD, "--nocapture", "--ignored"])
            .env(FOLDER, folder)
            .env(FROM, from.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut taken = 0;
        while taken < lines {
            let line = output.next().expect("the child ended by itself").unwrap();
            taken += usize::from(self.take(&line));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // A line is printed after its write, so lines still in the pipe count. The kill may cut off
        // the last one, which then does not parse.
        for line in output.map_while(Result::ok) {
            self.take(&line);
        }
    }

    fn take(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["wrote", number, "."] => self.numbers.push(number.parse().unwrap()),
            ["block", height, hash, "."] => {
                self.blocks
                    .insert(height.parse().unwrap(), hash.parse().unwrap());
            }
            ["kept", height, hash, "."] => {
                self.kept
                    .insert(height.parse().unwrap(), hash.parse().unwrap());
            }
            _ => return false,
        }
        true
    }

    fn check(&self, store: &Store) {
        let pending: Vec<BlobId> = store
            .pending()
            .unwrap()
            .iter()
            .map(|blob| blob.header.id())
            .collect();
        for &number in &self.numbers {
            let (blob, hash) = (blob(number), hash(number));
            let id = blob.header.id();
            assert_eq!(
                store.certificate(&id).unwrap(),
                Some(blob.certificate),
                "{number}"
            );
            assert_eq!(
                store.spool(&id).unwrap(),
                Some(vec![row(number)]),
                "{number}"
            );
            let ordered = store.location(&id).unwrap().is_some();
            assert!(
                ordered != pending.contains(&id),
                "{number}: ordered {ordered}"
            );
            let (height, round) = vote(number);
            let conflict = store.lock_vote(height, round, HeaderHash::from_bytes([0; 32]));
            assert!(matches!(
                conflict,
                Err(StoreError::VoteConflict { locked, .. }) if locked == hash
            ));
        }
        for (&height, hash) in &self.blocks {
            let height = Height::new(height);
            let signed = store.signed_header(height).unwrap().unwrap();
            assert_eq!(signed.header.hash(), *hash);
            let body = store.body(height).unwrap().unwrap();
            assert_eq!(body.root(), signed.header.body_root);
            assert!(store.proposals(height).unwrap().is_empty());
        }
        for (&height, hash) in &self.kept {
            let kept = store.proposal(Height::new(height), hash).unwrap();
            let decided = store.signed_header(Height::new(height)).unwrap();
            assert!(kept.is_some() != decided.is_some(), "proposal {height}");
        }
        // Every stored block is complete, acknowledged or not.
        let head = store
            .head()
            .unwrap()
            .map_or(0, |head| head.header.height.get());
        assert!(head >= self.blocks.keys().last().copied().unwrap_or(0));
        let mut updates = Vec::new();
        for height in 1..=head {
            let body = store.body(Height::new(height)).unwrap().unwrap();
            updates.extend(body.update);
            for blob in body.blobs {
                let location = store.location(&blob.header.id()).unwrap().unwrap();
                assert_eq!(location.height.get(), height);
                assert!(!pending.contains(&blob.header.id()));
            }
        }
        assert_eq!(store.validator_updates().unwrap(), updates);
    }
}

/// The child. It ends by being killed, or when its parent no longer reads.
#[test]
#[ignore = "the child of every_acknowledged_write_survives_a_kill"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let from: u64 = std::env::var(FROM).unwrap().parse().unwrap();
    let store = open(Path::new(&folder));
    // Ends the line that the test runner may have begun.
    say("");
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                let first = from + writer * SPAN;
                for number in first..first + SPAN {
                    let blob = blob(number);
                    store.put_spool(&blob.header.id(), &[row(number)]).unwrap();
                    let (height, round) = vote(number);
                    store.lock_vote(height, round, hash(number)).unwrap();
                    store.put_certified(&blob).unwrap();
                    say(&format!("wrote {number} ."));
                }
            });
        }
        scope.spawn(|| {
            loop {
                let parent = store.head().unwrap().map(|head| head.header.as_parent());
                let mut blobs = store.pending().unwrap();
                blobs.truncate(5);
                let block = block(&parent.unwrap_or_else(start), blobs);
                let (height, hash) = (block.header.height, block.header.hash());
                store.keep_proposal(&block).unwrap();
                say(&format!("kept {height} {hash} ."));
                store
                    .commit_block(&block, &unsigned_finality(&block))
                    .unwrap();
                say(&format!("block {height} {hash} ."));
            }
        });
    });
}

/// Prints one whole line, and exits when there is no reader.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    if writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

fn open(folder: &Path) -> Store {
    Store::open_as(folder.join("weft.redb"), identity()).unwrap()
}

fn start() -> Parent {
    Parent {
        chain_id: identity().chain_id,
        height: Height::GENESIS,
        hash: identity().genesis,
        time: 1,
        validator_set_root: weft_encoding::Digest::from_bytes([7; 32]),
    }
}

/// The next block; every third one changes the validators, without valid signatures.
fn block(parent: &Parent, blobs: Vec<CertifiedBlob>) -> Block {
    let height = parent.height.saturating_add(1);
    let first_height = height.saturating_add(2);
    let update = height
        .get()
        .is_multiple_of(3)
        .then(|| SignedValidatorUpdate {
            update: ValidatorUpdate {
                chain_id: parent.chain_id,
                replaces: parent.validator_set_root,
                first_height,
                validators: TestChain::new(1).genesis.validators,
            },
            certificate: UpdateCertificate {
                update_id: Digest::from_bytes([0; 32]),
                signers: SignerBitmap::new(4).unwrap(),
                signature: Signature::from_bytes([0; 96]),
            },
        });
    let update = update.map(|mut signed| {
        signed.certificate.update_id = signed.update.id();
        signed
    });
    let proposer = ValidatorIndex::new(0).unwrap();
    let body = BlockBody { blobs, update };
    Block::build(parent, 0, proposer, parent.validator_set_root, body).unwrap()
}

/// The height and round of a vote: 50 rounds of each height, at heights above every block of the
/// children.
fn vote(number: u64) -> (Height, u32) {
    let round = u32::try_from(number % 50).unwrap();
    (Height::new(1_000_000 + number / 50), round)
}

fn blob(number: u64) -> CertifiedBlob {
    let mut blob = unsigned_blob(namespace("crash"), number, 1);
    blob.certificate.expiry = Height::new(u64::MAX);
    blob
}

fn hash(number: u64) -> HeaderHash {
    let mut bytes = [0xab; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    HeaderHash::from_bytes(bytes)
}
