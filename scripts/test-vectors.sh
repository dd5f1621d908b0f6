#!/usr/bin/env bash
# Runs the tests that read the official KZG vectors or real rollup batches. `cargo test` alone ignores them.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/vectors.sh >/dev/null
# The tests of the store that are ignored run as child processes of others, so the targets are named.
targets=(--test spec_vectors --test it --test batches)
skip=()
# A third of all the vectors' bytes; a reduced folder may be without them.
if [ ! -d "$WEFT_KZG_VECTORS/verify_blob_kzg_proof_batch" ]; then
    echo "not run: $WEFT_KZG_VECTORS has no verify_blob_kzg_proof_batch"
    skip=(--skip verify_blob_kzg_proof_batch)
fi
cargo test --workspace "${targets[@]}" -- --ignored "${skip[@]}"
