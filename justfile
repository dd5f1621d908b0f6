# The one door for people: `just` lists what there is to do. `.ci/run` calls these recipes.

# Where tests and demos read the official KZG vectors and real rollup batches: see `just vectors`.
export WEFT_KZG_VECTORS := env("WEFT_KZG_VECTORS", justfile_directory() / "../shared/data/kzg-vectors")
export WEFT_BATCHES := env("WEFT_BATCHES", justfile_directory() / "../shared/data/batches")

# List the recipes.
default:
    @just --list

# Format all code.
fmt:
    cargo fmt --all

# Fail if any file is not formatted.
fmt-check:
    cargo fmt --all -- --check

# Lint every target; warnings are errors.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# The README's test command.
test:
    cargo test --workspace

# Where the official KZG vectors and the real batches come from; fails if they are absent.
vectors:
    @./scripts/vectors.sh

# The tests that read them, which `just test` counts as ignored.
test-vectors:
    ./scripts/test-vectors.sh

# Networks of processes alone: kills, restarts, changes of the validators, bad links.
test-networks:
    cargo test -p weft-node --test consensus --test validator_changes --test bad_links

# API documentation; warnings are errors.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# No crate depends on one that it must not know (the table is in the script).
check-arrows:
    ./scripts/check-arrows.py

# Write docs/metrics.md and weft.example.toml from the tables in the code.
docs-generated:
    WEFT_WRITE_DOCS=1 cargo test -p weft-node --lib generated_docs

# Every test that docs/security.md names is in the tree.
check-security:
    ./scripts/check-security.sh

# Every link in the documents resolves, and names an item that is there.
check-links:
    ./scripts/check-links.sh

# The adapter compiles without its client, and what a prover compiles has no runtime in it.
check-features:
    ./scripts/check-features.sh

# Licences, sources and banned crates (needs `cargo install cargo-deny`).
deny:
    cargo deny check bans licenses sources

# Breaking changes of the libraries' public interface since their last release. For later: it compares
# with the versions on crates.io, and none is published (needs `cargo install cargo-semver-checks`).
semver:
    cargo semver-checks -p weft-encoding -p weft-chain -p weft-sampling -p weft-gateway-api -p weft-network -p weft-light-client -p weft-rollup-adapter

# The README's main job on a synthetic batch, or on FILE.
demo *ARGS:
    cargo run --release --bin weft -- demo {{ARGS}}

# The main job on every real batch of a folder (*.blob raw, the rest packed).
demo-batches FOLDER=WEFT_BATCHES:
    ./scripts/demo-batches.sh "{{FOLDER}}"

# Withholding, over SEEDS seeds: 30% is never available, 10% is repaired.
demo-withholding SEEDS="20":
    ./scripts/demo-withholding.sh "{{SEEDS}}"

# Coding beside c-kzg and rust_eth_kzg in one process: `just peers --quick --json`.
peers *ARGS:
    cargo run --release -p weft-benches --bin peers -- {{ARGS}}

# Blocks a second of four validator processes, counted for SECONDS while blobs are posted.
block-rate SECONDS="30":
    ./scripts/block-rate.sh "{{SECONDS}}"

# All criterion benches, or those whose name matches.
bench *ARGS:
    cargo bench -p weft-benches {{ARGS}}
