//! The validators of a height, as a gateway returns them, verified.

use anyhow::{Context, ensure};
use weft_chain::{Genesis, Height, ValidatorEntry, ValidatorSet};
use weft_gateway_api::{ValidatorDto, ValidatorSetDto};
use weft_rollup_adapter::client::ClientConfig;
use weft_rollup_adapter::{DataAvailability, HttpClient};

use crate::cli::shared::GatewayArgs;

/// A gateway and its validators.
pub(super) struct Current {
    pub(super) genesis: Genesis,
    /// The gateway's answer. Keys, stakes and proofs are verified, names and contacts are not.
    pub(super) said: ValidatorSetDto,
    pub(super) set: ValidatorSet,
}

impl Current {
    /// Asks for the validators of `height`, or of the next block, and verifies them against the
    /// root in the previous header, which is final.
    pub(super) async fn ask(gateway: &GatewayArgs, height: Option<Height>) -> anyhow::Result<Self> {
        let genesis = gateway.trust.read()?;
        let client = gateway.client_for(&genesis, ClientConfig::default())?;
        let said = client.validators(height).await.map_err(|error| {
            let fault = error.fault();
            let error = anyhow::Error::new(error).context("the gateway returned no validators");
            gateway.failed(error, fault)
        })?;
        let set = ValidatorSet::new(
            said.validators
                .iter()
                .map(|validator| entry(validator).validator())
                .collect(),
        )
        .context("the gateway's validators are not a valid set")?;
        let root = set_root(gateway, &client, &genesis, Height::new(said.height)).await?;
        ensure!(
            set.root() == root && said.root == root,
            "the gateway's validators of height {} have root {}, the chain says {root}: do not \
             rely on {}",
            said.height,
            set.root(),
            gateway.gateway
        );
        Ok(Self { genesis, said, set })
    }

    /// The validators as a genesis or an update lists them.
    pub(super) fn entries(&self) -> Vec<ValidatorEntry> {
        self.said.validators.iter().map(entry).collect()
    }
}

/// Root of the set of `height`, from the previous header, which is verified, or for the first
/// height from the genesis.
pub(super) async fn set_root(
    gateway: &GatewayArgs,
    client: &HttpClient,
    genesis: &Genesis,
    height: Height,
) -> anyhow::Result<weft_encoding::Digest> {
    let before = match height.previous() {
        Some(before) if before > Height::GENESIS => before,
        _ => return Ok(genesis.validator_set()?.root()),
    };
    let header = client.header(before).await.map_err(|error| {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context(format!("header {before} was not verified"));
        gateway.failed(error, fault)
    })?;
    let header = header.with_context(|| format!("the gateway has no block {before}"))?;
    Ok(header.next_validator_set_root)
}

fn entry(validator: &ValidatorDto) -> ValidatorEntry {
    ValidatorEntry {
        name: validator.name.clone(),
        public_key: validator.public_key,
        proof_of_possession: validator.proof_of_possession,
        stake: validator.stake,
        peer_id: validator.peer_id.clone(),
        addresses: validator.addresses.clone(),
        consensus_addresses: validator.consensus_addresses.clone(),
    }
}
