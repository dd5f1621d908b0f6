//! Written networks and nodes can be run.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use weft_chain::{MAX_VALIDATORS, ValidatorEntry};
use weft_network::Directory;

use super::files::Ports;
use super::*;
use crate::config::{Config, OrdererKind};
use crate::genesis_file;
use crate::keys::{load_network_key, load_validator_key};

fn options(validators: usize, out: &Path) -> InitOptions {
    InitOptions::new(
        validators,
        out.to_path_buf(),
        "weft-test-1".parse().unwrap(),
        1,
    )
}

#[test]
fn what_is_written_is_a_network() {
    let folder = tempfile::tempdir().unwrap();
    let report = init(&options(3, folder.path())).unwrap();
    let genesis = genesis_file::read(&report.genesis).unwrap();
    let set = genesis.validator_set().unwrap();
    let directory = Directory::from_genesis(&genesis).unwrap();
    assert_eq!((set.len(), report.nodes.len()), (3, 3));
    for (number, node) in report.nodes.iter().enumerate() {
        assert!(node.config.ends_with(format!("node-{number}/weft.toml")));
        let config = Config::load(&node.config).unwrap();
        let port = DEFAULT_BASE_PORT + 10 * u16::try_from(number).unwrap();
        assert_eq!(config.api.unwrap().listen.port(), port);
        assert_eq!(
            genesis_file::read(&config.genesis).unwrap().hash(),
            genesis.hash()
        );
        let key = load_validator_key(&config.keys.validator.unwrap()).unwrap();
        let network = load_network_key(&config.keys.network).unwrap();
        let contact = directory.by_key(&key.public_key()).unwrap();
        assert_eq!(contact.peer, network.public().to_peer_id());
        assert_eq!(contact.addresses, config.network.listen);
        let OrdererKind::Malachite(malachite) = &config.orderer.kind else {
            panic!("{:?}", config.orderer)
        };
        let consensus = format!("/ip4/127.0.0.1/tcp/{}", port + 2);
        assert_eq!(
            genesis.validators[number].consensus_addresses,
            std::slice::from_ref(&consensus)
        );
        assert_eq!(malachite.listen, Some(consensus.parse().unwrap()));
        assert_eq!(
            directory.index_of(&set, &contact.peer).unwrap().get(),
            number
        );
    }
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let report = init(&options(1, folder.path())).unwrap();
    let before = std::fs::read(&report.genesis).unwrap();
    let error = init(&options(1, folder.path())).unwrap_err();
    assert!(matches!(error, InitError::Exists { .. }));
    assert_eq!(std::fs::read(&report.genesis).unwrap(), before);
    std::fs::remove_file(&report.genesis).unwrap();
    assert!(matches!(
        init(&options(1, folder.path())),
        Err(InitError::Key(_))
    ));
}

#[test]
fn limits_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for validators in [0, MAX_VALIDATORS + 1, usize::MAX] {
        let error = init(&options(validators, folder.path())).unwrap_err();
        assert!(matches!(error, InitError::Validators { .. }), "{error}");
    }
    for (base_port, fits) in [(0, false), (1, true), (65_516, true), (65_517, false)] {
        assert_eq!(Ports::of_nodes(base_port, 2).is_ok(), fits, "{base_port}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn secret_keys_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    init(&options(2, folder.path())).unwrap();
    for node in ["node-0", "node-1"] {
        for key in ["validator.key", "network.key"] {
            assert_eq!(mode(&folder.path().join(node).join(key)), 0o600, "{node}");
        }
    }
}

fn join_options(genesis: &Path, out: &Path) -> JoinOptions {
    JoinOptions {
        genesis: genesis.to_path_buf(),
        out: out.to_path_buf(),
        base_port: 9_740,
        name: "node-4".into(),
    }
}

#[test]
fn a_joining_node_has_its_files_and_proves_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let network = init(&options(1, folder.path())).unwrap();
    let out = folder.path().join("node-4");
    let report = join(&join_options(&network.genesis, &out)).unwrap();
    let config = Config::load(&report.node.config).unwrap();
    let genesis = genesis_file::read(&network.genesis).unwrap();
    assert_eq!(
        genesis_file::read(&config.genesis).unwrap().hash(),
        genesis.hash()
    );
    assert_eq!(config.api.unwrap().listen.port(), 9_740);

    let text = std::fs::read(&report.entry).unwrap();
    let entry: ValidatorEntry = serde_json::from_slice(&text).unwrap();
    assert_eq!((entry.name.as_str(), entry.stake), ("node-4", 1));
    assert_eq!(entry.peer_id, report.node.peer.to_string());
    assert_eq!(entry.consensus_addresses, ["/ip4/127.0.0.1/tcp/9742"]);
    let listen: Vec<_> = config
        .network
        .listen
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(entry.addresses, listen);
    let key_path = config.keys.validator.unwrap();
    let key = load_validator_key(&key_path).unwrap();
    assert_eq!(entry.public_key, key.public_key());
    weft_chain::ValidatorSet::new(vec![entry.validator()]).unwrap();

    assert_eq!(
        (mode(&key_path), mode(&config.keys.network)),
        (0o600, 0o600)
    );
    let secret = std::fs::read_to_string(&key_path).unwrap();
    for entry in std::fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        if path != key_path {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains(secret.trim()), "{}", path.display());
        }
    }
}

#[test]
fn a_join_that_cannot_be_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let network = init(&options(1, folder.path())).unwrap();
    let out = folder.path().join("new");
    let good = join_options(&network.genesis, &out);
    let taken = JoinOptions {
        name: "node-0".into(),
        ..good.clone()
    };
    assert!(matches!(join(&taken), Err(InitError::NameTaken { .. })));
    for name in [String::new(), "n".repeat(65)] {
        let wrong = JoinOptions {
            name,
            ..good.clone()
        };
        assert!(matches!(join(&wrong), Err(InitError::Name { .. })));
    }
    let wrong = JoinOptions {
        base_port: 65_530,
        ..good.clone()
    };
    assert!(matches!(join(&wrong), Err(InitError::Ports { .. })));
    let wrong = JoinOptions {
        genesis: folder.path().join("none.json"),
        ..good.clone()
    };
    assert!(matches!(join(&wrong), Err(InitError::Genesis(_))));
    assert!(!out.exists());

    join(&good).unwrap();
    assert!(matches!(join(&good), Err(InitError::Exists { .. })));
}
