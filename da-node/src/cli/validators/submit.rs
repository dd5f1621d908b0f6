//! `weft validators submit`: checks the signatures of a change and submits it to a gateway.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};
use weft_chain::{CertificateBuilder, Genesis, Height, SignedValidatorUpdate};
use weft_encoding::Digest;
use weft_rollup_adapter::HttpClient;
use weft_rollup_adapter::client::{ClientConfig, ValidatorsError};

use super::current::set_root;
use super::files::{self, CheckedDraft, Draft, UpdateSignature};
use crate::cli::exit::advise;
use crate::cli::output::{Progress, print, print_json};
use crate::cli::shared::GatewayArgs;

/// Interval at which the chain is polled.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct SubmitArgs {
    /// The draft.
    #[arg(long, value_name = "FILE")]
    update: PathBuf,
    /// Files with its signatures. They must hold more than two thirds of the stake.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    signature: Vec<PathBuf>,
    /// Waits until the new set is in effect.
    #[arg(long)]
    wait: bool,
    /// How long to wait.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 600,
        value_parser = clap::value_parser!(u64).range(1..=604_800)
    )]
    timeout: u64,
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Submitted {
    update_id: String,
    first_height: u64,
    root: String,
    in_effect: bool,
}

pub(super) async fn run(args: SubmitArgs) -> anyhow::Result<ExitCode> {
    let checked = Draft::read(&args.update)?;
    let signatures = args
        .signature
        .iter()
        .map(|path| files::read::<UpdateSignature>(path))
        .collect::<Result<Vec<_>, _>>()?;
    let signed = assemble(&checked, &signatures)?;
    let first = signed.update.first_height;

    let genesis = args.gateway.trust.read()?;
    ensure!(
        genesis.chain_id == signed.update.chain_id,
        "the update is of chain {}, the genesis file of {}",
        signed.update.chain_id,
        genesis.chain_id
    );
    let client = args.gateway.client_for(&genesis, ClientConfig::default())?;
    let progress = Progress::new(args.json);
    progress.doing("submitting");
    let offered = client
        .submit_validator_update(&signed)
        .await
        .map_err(|error| {
            let fault = error.fault();
            let error = anyhow::Error::new(error).context("the update was not accepted");
            args.gateway.failed(error, fault)
        })?;
    let root = checked.after.root();
    let wait = Wait {
        gateway: &args.gateway,
        client: &client,
        genesis: &genesis,
        first,
        root,
    };
    // An update that is in effect already is not offered again.
    let in_effect = if args.wait {
        wait.until_in_effect(Duration::from_secs(args.timeout), &progress)
            .await?;
        true
    } else {
        wait.is_in_effect().await?
    };
    drop(progress);
    let submitted = Submitted {
        update_id: offered.update_id.to_string(),
        first_height: first.get(),
        root: root.to_string(),
        in_effect,
    };
    if args.json {
        print_json(&submitted)?;
    } else {
        print(format_args!("update    {}", submitted.update_id))?;
        let state = if in_effect { "in effect" } else { "offered," };
        print(format_args!("{state} from height {first}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The update with the certificate of these signatures.
fn assemble(
    checked: &CheckedDraft,
    signatures: &[UpdateSignature],
) -> anyhow::Result<SignedValidatorUpdate> {
    let update = &checked.draft.update;
    let mut builder = CertificateBuilder::update(&update.chain_id, checked.id, &checked.before);
    for signature in signatures {
        let signer = &signature.public_key;
        ensure!(
            signature.update_id == checked.id.to_string(),
            "the signature of {signer} is of update {}, this one is {}",
            signature.update_id,
            checked.id
        );
        let index = checked.before.index_of(signer);
        let index = index.with_context(|| {
            format!("{signer} is none of the validators that the update replaces")
        })?;
        builder
            .add(index, signature.signature)
            .with_context(|| format!("the signature of {signer}"))?;
    }
    let certificate = builder.build().context("the update may not be submitted")?;
    Ok(SignedValidatorUpdate {
        update: update.clone(),
        certificate,
    })
}

/// A wait for a set to take effect.
struct Wait<'a> {
    gateway: &'a GatewayArgs,
    client: &'a HttpClient,
    genesis: &'a Genesis,
    first: Height,
    root: Digest,
}

impl Wait<'_> {
    /// Waits until the set of the first height is decided, and checks that it is the new one.
    async fn until_in_effect(&self, limit: Duration, progress: &Progress) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        let mut next = 0;
        while next < self.first.get() {
            if Instant::now() >= deadline {
                bail!(
                    "not in effect within {} s: the chain is at height {}, the update begins at {}",
                    limit.as_secs(),
                    next.saturating_sub(1),
                    self.first
                );
            }
            match timeout_at(deadline, self.client.validators(None)).await {
                Ok(Ok(said)) => next = said.height,
                Ok(Err(error)) if error.fault() == weft_encoding::Fault::Retry => {}
                Ok(Err(error)) => return Err(self.unanswered(error)),
                Err(_) => continue,
            }
            progress.doing(format!(
                "submitted; height {} of {}",
                next.saturating_sub(1),
                self.first
            ));
            sleep(PAUSE).await;
        }
        if !self.begins().await? {
            let error = anyhow::anyhow!("no block took the update before height {}", self.first);
            return Err(advise(error, "draft it again with a later --first-height"));
        }
        Ok(())
    }

    /// Whether the new set finalises the next block, or has finalised one.
    async fn is_in_effect(&self) -> anyhow::Result<bool> {
        let said = self.client.validators(None).await;
        let next = said.map_err(|error| self.unanswered(error))?.height;
        Ok(next >= self.first.get() && self.begins().await?)
    }

    /// Whether the set of the first height is the new one. The block before it must exist.
    async fn begins(&self) -> anyhow::Result<bool> {
        let root = set_root(self.gateway, self.client, self.genesis, self.first).await?;
        Ok(root == self.root)
    }

    fn unanswered(&self, error: ValidatorsError) -> anyhow::Error {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context("the gateway does not answer");
        self.gateway.failed(error, fault)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_chain::{SecretKey, ValidatorUpdate, update_message};
    use weft_test_chain::TestChain;

    use super::*;

    fn draft(chain: &TestChain) -> CheckedDraft {
        let draft = Draft {
            update: ValidatorUpdate {
                chain_id: chain.genesis.chain_id,
                replaces: chain.set.root(),
                first_height: Height::new(9),
                validators: TestChain::new(5).genesis.validators,
            },
            replaced: chain.genesis.validators.clone(),
        };
        draft.check().unwrap()
    }

    fn sign(checked: &CheckedDraft, key: &SecretKey) -> UpdateSignature {
        let update = &checked.draft.update;
        let message = update_message(&update.chain_id, &checked.id, &update.replaces);
        UpdateSignature {
            update_id: checked.id.to_string(),
            public_key: key.public_key(),
            signature: key.sign(&message),
        }
    }

    #[test]
    fn three_of_four_signatures_make_an_update() {
        let chain = TestChain::new(4);
        let checked = draft(&chain);
        let signatures: Vec<_> = chain.keys.iter().map(|key| sign(&checked, key)).collect();
        let signed = assemble(&checked, &signatures[1..]).unwrap();
        signed.verify(&chain.genesis.chain_id, &chain.set).unwrap();

        let error = assemble(&checked, &signatures[..2]).unwrap_err();
        let said = format!("{error:#}");
        assert!(said.contains("hold 2 of 4 stake"), "{said}");
    }

    #[test]
    fn signatures_that_do_not_count_are_named() {
        let chain = TestChain::new(4);
        let checked = draft(&chain);
        let good = sign(&checked, &chain.keys[0]);
        let refused = |signatures: &[UpdateSignature]| {
            let error = assemble(&checked, signatures).unwrap_err();
            format!("{error:#}")
        };
        let mut other = good.clone();
        other.update_id = "00".repeat(32);
        assert!(refused(&[other]).contains("is of update 0000"));
        let stranger = SecretKey::generate(&[99; 32]);
        assert!(refused(&[sign(&checked, &stranger)]).contains("is none of the validators"));
        let mut forged = sign(&checked, &chain.keys[1]);
        forged.signature = good.signature;
        assert!(refused(&[forged]).contains("the signature of"));
        assert!(refused(&[good.clone(), good]).contains("the signature of"));
    }
}
