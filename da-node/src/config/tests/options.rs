//! Every option of the file, by the tables that declare them.

use std::path::Path;

use weft_network::RequestKind;
use weft_network::limits::{cost, reply_bytes, request_bytes};

use super::parse;
use crate::config::example::{example, sections, written};
use crate::config::section::{Described, Shown};
use crate::config::{Config, Roles};
use crate::init::{InitOptions, init};
use crate::node::NodeOptions;

/// A number of the file: its name with the section, its default, its range.
struct Number {
    name: String,
    default: u64,
    least: u64,
    most: u64,
}

fn numbers() -> Vec<Number> {
    let number = |section: &str, option: &Described| {
        let range = option.range.clone()?;
        let Shown::ByDefault(default) = &option.shown else {
            panic!("{} has no default", option.key)
        };
        Some(Number {
            name: format!("{section}.{}", option.key),
            default: default.parse().unwrap(),
            least: *range.start(),
            most: *range.end(),
        })
    };
    let of_section = |section: crate::config::section::DescribedSection| {
        let options = section.options.iter();
        let numbers = options.filter_map(|option| number(section.name, option));
        numbers.collect::<Vec<_>>()
    };
    let numbers: Vec<Number> = sections().into_iter().flat_map(of_section).collect();
    assert!(numbers.len() > 80);
    numbers
}

fn is_required(option: &Described) -> bool {
    matches!(option.shown, Shown::Required(_))
}

/// A file with all that is needed, an HTTP interface, and these numbers.
fn file(numbers: &[(&str, u64)]) -> String {
    let mut sections = sections();
    for section in &mut sections {
        for option in &mut section.options {
            let name = format!("{}.{}", section.name, option.key);
            if let Some((_, number)) = numbers.iter().find(|(set, _)| *set == name) {
                option.shown = Shown::Required(number.to_string());
            }
        }
    }
    written(&sections, |_, option| is_required(option))
}

/// The same with `number`, and with deadlines that the check of deadlines against each other allows
/// beside it.
fn file_with(name: &str, number: u64) -> String {
    let (least, most) = (1_000, 3_600_000);
    let others = [
        ("gateway.certify_deadline_ms", least),
        ("gateway.order_deadline_ms", least),
        ("gateway.read_deadline_ms", least),
        ("api.post_deadline_ms", most),
        ("api.read_deadline_ms", most),
    ];
    let others = others.into_iter().filter(|(other, _)| *other != name);
    file(
        &[(name, number)]
            .into_iter()
            .chain(others)
            .collect::<Vec<_>>(),
    )
}

#[test]
fn the_example_is_a_file_as_it_stands() {
    let config = parse(&example()).unwrap();
    assert_eq!((config.roles, config.api), (Roles::default(), None));
    assert_eq!(config.data_dir, Path::new("/etc/weft/node-0/data"));
}

#[test]
fn the_example_is_a_file_with_every_option_uncommented() {
    let all = written(&sections(), |_, _| true);
    let mut uncommented = String::new();
    for line in example().lines() {
        let is_option = line.starts_with('#') && !line.starts_with("# ");
        uncommented += if is_option { &line[1..] } else { line };
        uncommented += "\n";
    }
    assert!(uncommented.ends_with(&all));
    let config = parse(&uncommented).unwrap();
    assert!(config.api.is_some() && config.keys.validator.is_some());
}

#[test]
fn the_defaults_of_the_example_are_those_of_the_node() {
    let with_defaults = written(&sections(), |_, option| {
        !matches!(option.shown, Shown::ForExample(_))
    });
    assert_eq!(parse(&with_defaults).unwrap(), parse(&file(&[])).unwrap());
}

#[test]
fn numbers_are_taken_within_their_range_alone() {
    for Number {
        name, least, most, ..
    } in numbers()
    {
        for number in [least, most] {
            if let Err(error) = parse(&file_with(&name, number)) {
                panic!("{name} = {number}: {error}");
            }
        }
        for number in [least.checked_sub(1), most.checked_add(1)] {
            let Some(number) = number else { continue };
            let error = parse(&file_with(&name, number)).unwrap_err();
            let expected = format!("{name} is {number}, but must be within {least} to {most}");
            assert_eq!(error.to_string(), expected);
        }
    }
    let error = parse(&format!("workers = 1025\n{}", file(&[]))).unwrap_err();
    let expected = "workers is 1025, but must be within 0 to 1024";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_http_interface_outlasts_the_gateway() {
    let error = parse(&file(&[("gateway.order_deadline_ms", 90_000)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "api.post_deadline_ms is 150000, but must be above 150000, \
         gateway.certify_deadline_ms and gateway.order_deadline_ms together"
    );
    let error = parse(&file(&[("api.read_deadline_ms", 60_000)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "api.read_deadline_ms is 60000, but must be above 60000, gateway.read_deadline_ms"
    );
}

#[test]
fn no_limit_refuses_the_largest_message_for_ever() {
    let least = |name: &str| {
        let named = |number: &Number| number.name == name;
        let number = numbers().into_iter().find(named);
        number.unwrap().least
    };
    for kind in RequestKind::ALL {
        let (request, reply) = (request_bytes(kind), reply_bytes(kind));
        assert!(u64::from(cost(kind, request)) <= least("network.limits.request_burst"));
        assert!(request as u64 <= least("network.limits.inbound_bytes"));
        assert!(reply as u64 <= least("network.limits.reply_bytes_per_peer"));
        let deadline = format!("network.deadlines.{}_ms", kind.name());
        assert!(least(&deadline) > 0, "{deadline}");
    }
}

#[test]
fn every_number_of_the_file_reaches_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let chain_id = "weft-test-1".parse().unwrap();
    let files = init(&InitOptions::new(1, folder.path().into(), chain_id, 1)).unwrap();
    let folder = files.nodes[0].config.parent().unwrap();
    let options = |text: &str| {
        let text = text.replace("genesis.json", "../genesis.json");
        let config = Config::parse(&text, folder).unwrap();
        format!("{:?}", NodeOptions::from_config(&config).unwrap())
    };
    for Number {
        name,
        default,
        least,
        most,
    } in numbers()
    {
        let other = if default == most { least } else { most };
        let (default, other) = (file_with(&name, default), file_with(&name, other));
        assert_ne!(options(&default), options(&other), "{name}");
        assert_eq!(options(&default), options(&default));
    }
    let few = format!("workers = 3\n{}", file(&[]));
    assert_ne!(options(&few), options(&file(&[])));
}
