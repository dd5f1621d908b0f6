#!/usr/bin/env python3
"""Fails if a crate of the workspace depends on one that it must not know.

The table below is the architecture: which crates of the workspace each crate may use, and which
crates alone may use a library that others must not see. A new arrow is a change of this table and of
docs/design.md, section 7.
"""

import json
import subprocess
import sys

CODING = ["weft-encoding", "weft-chain"]
NODE = [*CODING, "weft-sampling", "weft-metrics", "weft-network"]
ARROWS = {
    "weft-encoding": [],
    "weft-chain": ["weft-encoding"],
    "weft-sampling": CODING,
    "weft-gateway-api": CODING,
    "weft-metrics": [],
    "weft-network": [*CODING, "weft-metrics"],
    "weft-ledger": NODE,
    "weft-consensus": [*NODE, "weft-ledger"],
    "weft-custody": [*NODE, "weft-ledger"],
    "weft-gateway": [*NODE, "weft-gateway-api", "weft-ledger", "weft-custody"],
    "weft-light-client": NODE,
    "weft-rollup-adapter": [*CODING, "weft-gateway-api"],
    # The top: they wire the others together.
    "weft-node": None,
    "weft-benches": None,
    # For tests: used as a development dependency, or behind the feature `test-utils`.
    "weft-test-chain": CODING,
}
# Libraries that stay behind one port.
ONLY_IN = {
    "ractor": ["weft-consensus"],
    "arc-malachitebft-app": ["weft-consensus"],
    "arc-malachitebft-signing": ["weft-consensus"],
    "arc-malachitebft-sync": ["weft-consensus"],
    "redb": ["weft-ledger", "weft-light-client"],
    "axum": ["weft-gateway"],
    "reqwest": ["weft-rollup-adapter"],
    "blst": ["weft-encoding", "weft-chain"],
}


def workspace():
    """The packages of the workspace, by name, with what they depend on outside of tests."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {
        package["name"]: {
            dependency["name"]: dependency["optional"]
            for dependency in package["dependencies"]
            if dependency["kind"] != "dev"
        }
        for package in found["packages"]
    }


def wrong(packages):
    """Every arrow that the tables do not have."""
    for name, dependencies in packages.items():
        if name not in ARROWS:
            yield f"{name} is not in the table of {sys.argv[0]}"
            continue
        allowed = ARROWS[name]
        for dependency, optional in dependencies.items():
            if dependency == "weft-test-chain":
                if not optional:
                    yield f"{name} -> {dependency}: for tests alone"
            elif dependency in ARROWS and allowed is not None and dependency not in allowed:
                yield f"{name} -> {dependency}: it may use {', '.join(allowed) or 'none'}"
            owners = ONLY_IN.get(dependency)
            if owners is not None and name not in owners and name != "weft-benches":
                yield f"{name} -> {dependency}: only {', '.join(owners)} may use it"
    for name in ARROWS:
        if name not in packages:
            yield f"{name} is in the table of {sys.argv[0]} and not in the workspace"


if __name__ == "__main__":
    errors = list(wrong(workspace()))
    print("\n".join(errors), file=sys.stderr, end="\n" if errors else "")
    sys.exit(1 if errors else 0)
