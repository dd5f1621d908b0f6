//! A command line that is wrong ends with the status of that, whoever found out.

#![allow(clippy::unwrap_used)]

mod support;

use support::weft;

/// As in sysexits.h.
const USAGE: i32 = 64;

#[tokio::test]
async fn arguments_out_of_range_are_errors_of_usage_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let init = |more: &[&'static str]| -> Vec<String> {
        let begin = ["init", "--out", out].into_iter();
        begin.chain(more.iter().copied()).map(Into::into).collect()
    };
    let other = |words: &[&str]| -> Vec<String> { words.iter().copied().map(Into::into).collect() };
    let wrong = [
        init(&["--validators", "0"]),
        init(&["--validators", "1025"]),
        init(&["--validators", "-1"]),
        init(&["--base-port", "0"]),
        init(&["--base-port", "70000"]),
        // The last node's ports would be above 65535.
        init(&["--validators", "1000", "--base-port", "60000"]),
        init(&["--chain-id", "NO"]),
        init(&["--retention-blocks", "0"]),
        init(&["--max-block-rows", "0"]),
        init(&["--max-block-rows", "257"]),
        other(&["devnet", "--data-dir", out, "--validators", "0"]),
        other(&["devnet", "--data-dir", out, "--block-interval-ms", "1"]),
        other(&["demo", "--withhold", "101"]),
        other(&["sample", "0"]),
        other(&["sample", "1", "--timeout", "0"]),
        other(&["validators", "list", "--height", "0"]),
        other(&["post", "batch", "--namespace", "xyz"]),
        other(&["status", "--checkpoint", "7"]),
        other(&["status", "--checkpoint", "0:ab"]),
        other(&["status", "--trusting-period", "0"]),
        other(&["--log", "weft=loud", "status"]),
    ];
    for arguments in wrong {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = weft(&words).await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(USAGE), "{words:?}: {told}");
        assert!(!told.is_empty(), "{words:?}");
        assert!(!folder.path().join("out").exists(), "{words:?}");
    }
}
