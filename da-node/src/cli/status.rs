//! `weft status`: shows the status of a gateway and the chain.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use serde::Serialize;
use weft_chain::VerifiedHeader;
use weft_gateway_api::{EvidenceDto, StatusDto};
use weft_rollup_adapter::DataAvailability;
use weft_rollup_adapter::client::ClientConfig;

use super::output::{human, print, print_json};
use super::shared::GatewayArgs;

/// Equivocations to show; `GET /v1/evidence` returns more.
const SHOWN_EVIDENCE: usize = 5;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// The gateway's status, and the newest verified header.
#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    said: StatusDto,
    head: Option<Head>,
    /// The newest equivocations, newest first.
    evidence: Vec<EvidenceDto>,
}

#[derive(Serialize)]
struct Head {
    height: u64,
    hash: String,
    /// Time since it was proposed, by its time and the local clock.
    age_ms: u64,
}

pub(super) async fn run(args: StatusArgs) -> anyhow::Result<ExitCode> {
    let genesis = args.gateway.trust.read()?;
    // The newest block is shown, however old it is.
    let mut config = ClientConfig::default();
    config.max_head_age = None;
    let client = args.gateway.client_for(&genesis, config)?;
    let said = client.status().await.map_err(|error| {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context("the gateway returned no status");
        args.gateway.failed(error, fault)
    })?;
    anyhow::ensure!(
        said.genesis_hash == genesis.hash(),
        "the gateway follows chain {} with genesis {}, the genesis file is of chain {} with {}: \
         name the gateway's genesis with --genesis, or another gateway with --gateway",
        said.chain_id,
        said.genesis_hash,
        genesis.chain_id,
        genesis.hash(),
    );
    let head = client.head().await.map_err(|error| {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context("the newest header was not verified");
        args.gateway.failed(error, fault)
    })?;
    let head = head.as_ref().map(Head::of);
    let evidence = if said.equivocations > 0 {
        client
            .evidence(SHOWN_EVIDENCE)
            .await
            .map_err(|error| {
                let fault = error.fault();
                let error = anyhow::Error::new(error).context("the gateway returned no evidence");
                args.gateway.failed(error, fault)
            })?
            .evidence
    } else {
        Vec::new()
    };
    let ready = said.ready;
    let status = Status {
        said,
        head,
        evidence,
    };
    if args.json {
        print_json(&status)?;
    } else {
        print(status.lines().join("\n"))?;
    }
    Ok(if ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Head {
    fn of(header: &VerifiedHeader) -> Self {
        let proposed = UNIX_EPOCH.checked_add(Duration::from_millis(header.time));
        let age = proposed.and_then(|proposed| SystemTime::now().duration_since(proposed).ok());
        let age = age.unwrap_or_default();
        Self {
            height: header.height.get(),
            hash: header.hash().to_string(),
            age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Status {
    fn lines(&self) -> Vec<String> {
        let said = &self.said;
        let head = match &self.head {
            Some(head) => format!(
                "{} {}, finality verified, {} old",
                head.height,
                head.hash,
                human(Duration::from_millis(head.age_ms))
            ),
            None => "none yet".into(),
        };
        let ready = match &said.reason {
            Some(reason) => format!("no: {reason}"),
            None if said.ready => "yes".into(),
            None => "no".into(),
        };
        let round = said.round.map(|round| format!(", round {round}"));
        let mut lines = vec![
            format!("chain     {}", said.chain_id),
            format!("genesis   {}", said.genesis_hash),
            format!("head      {head}"),
            format!("orderer   {}{}", said.orderer, round.unwrap_or_default()),
            format!(
                "set       {} validators for the next block",
                said.validators
            ),
            format!("peers     {}", said.peers),
            format!("pending   {} blobs", said.pending),
            format!("ready     {ready}"),
            format!("version   {}", said.version),
        ];
        if let Some(custody) = &said.custody {
            lines.push(format!(
                "custody   {} columns of each blob, {} missing, complete to block {}",
                custody.owned, custody.missing, custody.complete_to
            ));
        }
        lines.push(format!("faults    {} equivocations", said.equivocations));
        lines.extend(self.evidence.iter().map(|evidence| {
            format!(
                "          height {} round {}: {} twice by {}",
                evidence.height,
                evidence.round,
                evidence.kind.name(),
                evidence.validator
            )
        }));
        lines
    }
}
