#!/usr/bin/env bash
# Fails if docs/security.md names a test that is not in the tree.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=$(mktemp)
trap 'rm -f "$tests"' EXIT
git grep -hoE 'fn [a-z_0-9]+' -- '*.rs' | sed 's/^fn //' | sort -u > "$tests"
missing=$(grep -oE '`[a-z0-9]+(_[a-z0-9]+){3,}`' docs/security.md | tr -d '`' | sort -u | comm -23 - "$tests")
if [ -n "$missing" ]; then
    printf 'docs/security.md names tests that are not there:\n%s\n' "$missing" >&2
    exit 1
fi
