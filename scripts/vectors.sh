#!/usr/bin/env bash
# Says where the official KZG vectors and the real rollup batches come from. Fails if either is absent.
set -euo pipefail
cd "$(dirname "$0")/.."
vectors="${WEFT_KZG_VECTORS:-}"
batches="${WEFT_BATCHES:-}"
cat <<'TEXT'
WEFT_KZG_VECTORS  The official EIP-4844 and EIP-7594 vectors: the folder tests/ of
                  https://github.com/ethereum/c-kzg-4844 (90 MB). It holds FUNCTION/CASE/data.yaml or
                  FUNCTION/kzg-mainnet/CASE/data.yaml.
WEFT_BATCHES      Batches that rollups posted to Ethereum, one a file: NAME.blob holds whole EIP-4844
                  blobs, any other file is packed into rows; NAME.md is not read. Public ones, of which
                  hex text becomes bytes:
                    madara-alliance/madara     orchestrator/**/test_data/** (Starknet, *.blob)
                    op-rs/kona                 crates/protocol/**/testdata/*.hex (OP Stack)
                    Consensys/linea-monorepo   contracts/test/hardhat/_testData/compressedDataEip4844/
Both are absolute paths. `just test-vectors` runs the tests that read them.

TEXT
status=0
check() {
    if compgen -G "$2/$3" >/dev/null; then
        echo "$1: $2"
    else
        echo "$1: absent: no $3 in '$2'" >&2
        status=1
    fi
}
check WEFT_KZG_VECTORS "$vectors" '*/'
check WEFT_BATCHES "$batches" '*.b*'
exit "$status"
