//! Unpacks Ethereum's trusted setup into the uncompressed form that the crate embeds.
//!
//! The setup's crate ships compressed points as JSON. Reading those costs some 4,000 square roots,
//! too long for the start of a light client, so it is done once here.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed build")]

use std::path::Path;
use std::{env, fs};

use ekzg_trusted_setup::TrustedSetup;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let setup = TrustedSetup::default();
    let mut bytes = Vec::new();
    for point in &setup.g1_monomial {
        bytes.extend_from_slice(&point.to_uncompressed());
    }
    for point in &setup.g2_monomial {
        bytes.extend_from_slice(&point.to_uncompressed());
    }
    let folder = env::var_os("OUT_DIR").unwrap();
    fs::write(Path::new(&folder).join("trusted_setup.bin"), bytes).unwrap();
}
