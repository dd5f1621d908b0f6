#!/usr/bin/env bash
# The block rate of four validators as processes of their own: counts blocks for some seconds, by the
# header times that the validators agreed on, while blobs are posted. Fails below 0.9 a second.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-30}"
cargo build --release --bin weft
weft=./target/release/weft
base_port="${BASE_PORT:-9710}"
net=$(mktemp -d)
pids=()
stop() {
    kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$net"
}
trap stop EXIT
$weft init --validators 4 --out "$net" --base-port "$base_port" >/dev/null
gateway="http://127.0.0.1:$base_port"
for node in 0 1 2 3; do
    $weft node --config "$net/node-$node/weft.toml" >"$net/node-$node.log" 2>&1 &
    pids+=($!)
done
# A batch that the network has not seen, ordered.
post() {
    head -c 100000 /dev/urandom >"$net/batch"
    $weft post "$net/batch" --wait ordered --gateway "$gateway" --genesis "$net/genesis.json" >"$net/post.log" 2>&1
}
for attempt in $(seq 1 60); do
    post && break
    [ "$attempt" -lt 60 ] || { cat "$net"/*.log >&2; exit 1; }
    sleep 1
done
status() { $weft status --gateway "$gateway" --genesis "$net/genesis.json" --json; }
first=$(status)
until=$((SECONDS + seconds))
posted=0
while [ "$SECONDS" -lt "$until" ]; do
    post || { cat "$net/post.log" >&2; exit 1; }
    posted=$((posted + 1))
done
python3 - "$first" "$(status)" "$posted" <<'PYTHON'
import json, sys
first, last = (json.loads(status) for status in sys.argv[1:3])
blocks = last["height"] - first["height"]
seconds = (last["time"] - first["time"]) / 1000
rate = blocks / seconds if seconds else 0
print(f"{blocks} blocks in {seconds:.1f} s: {rate:.3f} a second, with {sys.argv[3]} blobs posted")
sys.exit(rate < 0.9)
PYTHON
