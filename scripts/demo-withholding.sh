#!/usr/bin/env bash
# Runs the withholding demo over many seeds: above the threshold nothing may look available and the
# read must fail; below it the read must be repaired.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds="${1:-20}"
cargo build --release --bin weft
fail() {
    echo "demo-withholding: seed $seed, $1: $2" >&2
    exit 1
}
for seed in $(seq 1 "$seeds"); do
    out=$(./target/release/weft demo --withhold 30 --seed "$seed" --json) || fail "30%: exit status" "$out"
    grep -q '"verdict":"available"' <<<"$out" && fail "30%: verdict" "$out"
    grep -q '"identical":false' <<<"$out" || fail "30%: the read did not fail" "$out"
done
echo "demo-withholding: 30% withheld: $seeds of $seeds never available, every read failed"
for seed in 1 2 3; do
    out=$(./target/release/weft demo --withhold 10 --seed "$seed" --json) || fail "10%: exit status" "$out"
    grep -q '"identical":true' <<<"$out" || fail "10%: not repaired" "$out"
done
echo "demo-withholding: 10% withheld: 3 of 3 repaired and identical"
