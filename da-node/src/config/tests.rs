#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

mod options;

const FULL: &str = r#"
data_dir = "data"
genesis = "../genesis.json"
roles = ["validator", "gateway"]
[keys]
validator = "validator.key"
network = "/etc/weft/network.key"
[network]
listen = ["/ip4/127.0.0.1/tcp/9701", "/ip6/::1/udp/9701/quic-v1"]
bootstrap = ["/dns/a.example/tcp/1/p2p/12D3KooWQCkBm1BYtkHpocxCwMgR8yjitEeHGx8spzcDLGt2gkBm"]
[api]
listen = "127.0.0.1:9700"
max_concurrent_posts = 3
max_body_bytes = 1000
[orderer]
kind = "malachite"
listen = "/ip4/127.0.0.1/tcp/9702"
block_interval_ms = 250
propose_timeout_ms = 900
vote_timeout_ms = 800
timeout_step_ms = 70
[log]
filter = "info,weft_node=debug"
format = "json"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/weft/node-0"))
}

#[test]
fn a_full_file_is_read() {
    let config = parse(FULL).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/etc/weft/node-0/data"));
    assert_eq!(
        config.genesis,
        PathBuf::from("/etc/weft/node-0/../genesis.json")
    );
    assert_eq!(config.keys.network, PathBuf::from("/etc/weft/network.key"));
    assert!(config.roles.validator && config.roles.gateway);
    assert_eq!(config.network.listen.len(), 2);
    assert_eq!(config.network.bootstrap.len(), 1);
    let api = config.api.unwrap();
    assert_eq!(api.listen, "127.0.0.1:9700".parse().unwrap());
    assert_eq!(
        (api.limits.posts.get(), api.limits.max_body_bytes),
        (3, 1000)
    );
    assert_eq!(config.orderer.block_interval, Duration::from_millis(250));
    let expected = MalachiteSettings {
        listen: Some("/ip4/127.0.0.1/tcp/9702".parse().unwrap()),
        propose_timeout: Duration::from_millis(900),
        vote_timeout: Duration::from_millis(800),
        timeout_step: Duration::from_millis(70),
        ..MalachiteSettings::default()
    };
    assert_eq!(config.orderer.kind, OrdererKind::Malachite(expected));
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn a_follower_needs_little() {
    let config =
        parse("data_dir = 'd'\ngenesis = 'g'\n[keys]\nnetwork = 'n'\n[network]\n").unwrap();
    assert_eq!(config.roles, Roles::default());
    assert_eq!(config.api, None);
    assert_eq!(config.orderer.block_interval, Duration::from_secs(1));
    let kind = OrdererKind::Malachite(MalachiteSettings::default());
    assert_eq!(config.orderer.kind, kind);
    assert_eq!(config.log.filter, DEFAULT_LOG_FILTER);
}

#[test]
fn errors_name_the_field_the_value_and_the_limit() {
    let peer = "/p2p/12D3KooWQCkBm1BYtkHpocxCwMgR8yjitEeHGx8spzcDLGt2gkBm";
    let cases = [
        (
            "block_interval_ms = 250",
            "block_interval_ms = 9",
            "orderer.block_interval_ms is 9, but must be within 10 to 600000",
        ),
        (
            "max_concurrent_posts = 3",
            "max_concurrent_posts = 0",
            "api.max_concurrent_posts is 0, but must be within 1 to 1024",
        ),
        (
            "max_body_bytes = 1000",
            "max_body_bytes = 8388609",
            "api.max_body_bytes is 8388609, but must be within 1 to 8388608",
        ),
        (
            "\"127.0.0.1:9700\"",
            "\"localhost\"",
            "api.listen is \"localhost\"",
        ),
        (
            "\"malachite\"",
            "\"poa\"",
            "orderer.kind is \"poa\", but must be \"malachite\" or \"solo\"",
        ),
        (
            "\"malachite\"",
            "\"solo\"",
            "orderer.listen is set, but must be absent with kind \"solo\"",
        ),
        (
            "listen = \"/ip4/127.0.0.1/tcp/9702\"\n",
            "",
            "orderer.listen is absent, but must be /ip4/HOST/tcp/PORT or",
        ),
        (
            "listen = \"/ip4/127.0.0.1/tcp/9702\"",
            "listen = \"/ip4/127.0.0.1/udp/9702\"",
            "orderer.listen is \"/ip4/127.0.0.1/udp/9702\", but must be /ip4/HOST/tcp/PORT or",
        ),
        (
            "propose_timeout_ms = 900",
            "propose_timeout_ms = 49",
            "orderer.propose_timeout_ms is 49, but must be within 50 to 600000",
        ),
        (
            "vote_timeout_ms = 800",
            "vote_timeout_ms = 600001",
            "orderer.vote_timeout_ms is 600001, but must be within 50 to 600000",
        ),
        (
            "timeout_step_ms = 70",
            "timeout_step_ms = 9",
            "orderer.timeout_step_ms is 9, but must be within 10 to 60000",
        ),
        ("\"json\"", "\"xml\"", "log.format is \"xml\""),
        ("info,weft_node=debug", "info,=", "log.filter"),
        ("[\"validator\", ", "[\"miner\", ", "roles is \"miner\""),
        (
            "[\"validator\", ",
            "[\"gateway\", ",
            "roles is \"gateway\" twice",
        ),
        (
            "validator = \"validator.key\"\n",
            "",
            "keys.validator is absent",
        ),
        (
            "network = \"/etc/weft/network.key\"",
            "network = \"\"",
            "keys.network is empty",
        ),
        (
            "/ip4/127.0.0.1/tcp/9701",
            "/ip4/127.0.0.1/udp/9701",
            "network.listen",
        ),
        (
            "/ip4/127.0.0.1/tcp/9701",
            "127.0.0.1:9701",
            "network.listen",
        ),
        (
            "/ip4/127.0.0.1/tcp/9701",
            "/ip4/127.0.0.1",
            "network.listen",
        ),
        (peer, "", "network.bootstrap"),
    ];
    for (from, to, expected) in cases {
        assert!(FULL.contains(from), "{from}");
        let error = parse(&FULL.replace(from, to)).unwrap_err();
        assert!(
            matches!(error, ConfigError::Value { .. }),
            "{to}: {error:?}"
        );
        assert!(error.to_string().contains(expected), "{to}: {error}");
    }
    let start = FULL.find("[api]").unwrap();
    let end = FULL.find("[orderer]").unwrap();
    let error = parse(&format!("{}{}", &FULL[..start], &FULL[end..])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "api is absent, but must be set for a gateway"
    );
    let none = FULL.replace(
        "[\"/ip4/127.0.0.1/tcp/9701\", \"/ip6/::1/udp/9701/quic-v1\"]",
        "[]",
    );
    assert!(
        parse(&none)
            .unwrap_err()
            .to_string()
            .contains("network.listen is empty")
    );
}

#[test]
fn solo_needs_no_address() {
    let text = "data_dir = 'd'\ngenesis = 'g'\nroles = ['validator']\n\
                [keys]\nnetwork = 'n'\nvalidator = 'v'\n\
                [network]\nlisten = ['/ip4/127.0.0.1/tcp/1']\n\
                [orderer]\nkind = 'solo'\n";
    assert_eq!(parse(text).unwrap().orderer.kind, OrdererKind::Solo);
    for field in ["propose", "vote"] {
        let error = parse(&format!("{text}{field}_timeout_ms = 1000\n")).unwrap_err();
        let expected =
            format!("orderer.{field}_timeout_ms is set, but must be absent with kind \"solo\"");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn unknown_and_missing_fields_are_refused() {
    for section in [
        "",
        "[keys]\n",
        "[network]\n",
        "[api]\n",
        "[orderer]\n",
        "[log]\n",
    ] {
        let text = if section.is_empty() {
            format!("unknown = 1\n{FULL}")
        } else {
            FULL.replace(section, &format!("{section}unknown = 1\n"))
        };
        let error = parse(&text).unwrap_err();
        let ConfigError::Parse { source, .. } = error else {
            panic!("{section}: {error:?}")
        };
        assert!(source.to_string().contains("unknown"), "{source}");
    }
    for line in ["data_dir = \"data\"", "genesis = \"../genesis.json\""] {
        assert!(matches!(
            parse(&FULL.replace(line, "")),
            Err(ConfigError::Parse { .. })
        ));
    }
    // Fault injection is for code only.
    let text = format!("{FULL}\n[withholding]\npercent = 30\nseed = 1\n");
    assert!(matches!(parse(&text), Err(ConfigError::Parse { .. })));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Path::new("/nowhere/weft.toml")).unwrap_err();
    assert_eq!(error.to_string(), "cannot read /nowhere/weft.toml");
    assert_eq!(error.fault(), weft_encoding::Fault::Local);
}
