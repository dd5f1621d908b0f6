#!/usr/bin/env bash
# Runs `weft demo` on every batch of a folder and fails if one does not read back identical.
set -euo pipefail
cd "$(dirname "$0")/.."
folder="${1:?the folder of the batches, see \`just vectors\`}"
if ! compgen -G "$folder/*.blob" >/dev/null && ! compgen -G "$folder/*.bin" >/dev/null; then
    echo "demo-batches: no batches in $folder, see \`just vectors\`" >&2
    exit 1
fi
cargo build --release --bin weft
passed=0
for file in "$folder"/*; do
    case "$file" in
        *.md) continue ;;
        *.blob) layout=raw ;;
        *) layout=packed ;;
    esac
    out=$(./target/release/weft demo "$file" --layout "$layout" --json)
    if ! grep -q '"ok":true' <<<"$out" || ! grep -q '"identical":true' <<<"$out"; then
        echo "demo-batches: $file failed: $out" >&2
        exit 1
    fi
    printf '%-28s %s\n' "$(basename "$file")" "$(cut -c1-150 <<<"$out")"
    passed=$((passed + 1))
done
echo "demo-batches: $passed batches read back identical"
