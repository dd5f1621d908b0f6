#!/usr/bin/env bash
# Fails if weft-rollup-adapter without `http` does not compile, or depends on more than a prover can
# take; and if weft-gateway-api, which every client compiles, depends on a runtime or a server.
set -euo pipefail
cd "$(dirname "$0")/.."

# lacks PACKAGE FLAGS CRATE...: none of the crates is a dependency of the package, built with FLAGS.
lacks() {
    local package=$1 flags=$2 tree found
    shift 2
    # shellcheck disable=SC2086
    tree=$(cargo tree --locked -e normal --prefix none --format '{p}' -p "$package" $flags | cut -d ' ' -f 1 | sort -u)
    found=$(printf '%s\n' "$@" | sort -u | comm -12 - <(printf '%s\n' "$tree"))
    if [ -n "$found" ]; then
        printf '%s %s depends on:\n%s\n' "$package" "$flags" "$found" >&2
        exit 1
    fi
}

for features in "" zk zk,parallel; do
    flags="--no-default-features --features=$features"
    lacks weft-rollup-adapter "$flags" reqwest tokio hyper libp2p redb axum
    # shellcheck disable=SC2086
    cargo clippy --locked -p weft-rollup-adapter $flags -- -D warnings
done
lacks weft-rollup-adapter "--no-default-features --features=zk" rayon
lacks weft-rollup-adapter "" libp2p redb axum
lacks weft-gateway-api "" reqwest tokio hyper libp2p redb axum utoipa
# What `cargo build --release` builds at the root has no code for tests in it.
tree=$(cargo tree --locked -e normal,features --prefix none)
if grep -q 'feature "test-utils"' <<<"$tree"; then
    echo 'a build of the programs enables the feature test-utils' >&2
    exit 1
fi
cargo clippy --locked -p weft-rollup-adapter --no-default-features --features=http -- -D warnings
