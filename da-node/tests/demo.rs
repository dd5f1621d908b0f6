//! `weft demo`, as a user runs it.

#![allow(clippy::unwrap_used)]

use std::process::Command;

use serde_json::Value;

fn demo(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_weft"))
        .args(["demo", "--json"])
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{args:?}: {}\n{stderr}",
        output.status
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "one JSON object: {stdout}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn the_main_job() {
    let report = demo(&["--seed", "1"]);
    assert_eq!(report["ok"], true);
    assert_eq!(report["identical"], true);
    assert_eq!(report["verdict"], "available");
    assert_eq!(report["rows"], 9);
    assert_eq!(report["samples"]["verified"], report["samples"]["asked"]);
    assert_eq!(report["samples"]["refused"], 0);
    assert!(report["confidence"].as_f64().unwrap() >= 1.0 - 2f64.powi(-30));
    let phases: Vec<_> = report["phases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|phase| phase["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        phases,
        [
            "coded",
            "dispersed",
            "certified",
            "ordered",
            "sampled",
            "read"
        ]
    );
}

#[test]
fn what_cannot_be_repaired_is_never_available() {
    let report = demo(&["--withhold", "30", "--seed", "2"]);
    assert_eq!(report["ok"], true);
    assert_eq!(report["identical"], false);
    assert_ne!(report["verdict"], "available");
    assert_eq!(report["withheld"]["unrepairable"], true);
    let error = report["read_error"].as_str().unwrap();
    assert!(error.contains("cannot be repaired"), "{error}");
}

#[test]
fn what_can_be_repaired_is_read_back() {
    let report = demo(&["--withhold", "10", "--seed", "3"]);
    assert_eq!(report["ok"], true);
    assert_eq!(report["identical"], true);
    assert_eq!(report["withheld"]["unrepairable"], false);
    let refused = report["samples"]["refused"].as_u64().unwrap();
    assert_eq!(report["verdict"] == "available", refused == 0);
}

#[test]
fn wrong_arguments_are_named() {
    for (args, named) in [
        (vec!["--withhold", "101"], "101"),
        (vec!["--layout", "woven"], "woven"),
        (vec!["--namespace", "xyz"], "xyz"),
        (vec!["/no/such/batch"], "/no/such/batch"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_weft"))
            .arg("demo")
            .args(&args)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{args:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(named), "{args:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    }
}
