//! The steps of the demo.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use weft_chain::{BlobId, Namespace};
use weft_custody::Withholding;
use weft_encoding::{CELL_BYTES, Layout};
use weft_gateway::Gateway;
use weft_light_client::{HeightReport, LightClient, LightConfig};
use weft_rollup_adapter::{DataAvailability, HttpClient, ReadOutcome, Wait};
use weft_sampling::adversary::WorstPattern;

use super::super::exit::service_ended;
use super::super::output::{Progress, causes, human};
use super::super::shared::{Engine, client, sampled};
use super::batch::Batch;
use super::phases::Phases;
use super::report::{Report, Samples, Withheld};
use crate::devnet::{Devnet, DevnetOptions};
use crate::node::Node;

/// One gateway posts; the other holds no columns and reads.
const DEMO_GATEWAYS: usize = 2;
const VALIDATORS: NonZeroUsize = NonZeroUsize::new(4).expect("not zero");
/// Block interval of the demo: short, because people wait for its one batch.
const BLOCK_INTERVAL: Duration = Duration::from_millis(100);
/// How long the nodes may take to connect.
const READY_DEADLINE: Duration = Duration::from_secs(30);

/// The parameters of a demo.
pub(super) struct Demo {
    pub(super) batch: Batch,
    pub(super) namespace: Namespace,
    pub(super) layout: Layout,
    pub(super) withhold: Option<f64>,
    pub(super) seed: u64,
    pub(super) engine: Engine,
}

/// The result of the read through the second gateway.
struct Read {
    identical: bool,
    error: Option<String>,
}

impl Demo {
    pub(super) async fn run(self, progress: &Progress) -> anyhow::Result<Report> {
        let folder = tempfile::tempdir().context("a temporary folder")?;
        progress.doing("starting four custodian validators and two gateways");
        let begun = Instant::now();
        let withholding = self.withhold.map(|percent| Withholding {
            percent,
            seed: self.seed,
        });
        let devnet = Devnet::start(DevnetOptions {
            data_dir: folder.path().join("devnet"),
            validators: VALIDATORS,
            gateways: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); DEMO_GATEWAYS],
            orderer: self.engine.config(BLOCK_INTERVAL),
            withholding,
        })
        .await?;
        let stop = CancellationToken::new();
        let mut config = LightConfig::new(devnet.genesis().clone(), folder.path().join("light"));
        config.bootstrap = devnet.p2p_addrs();
        let light = LightClient::start(config, stop.clone()).await?;
        let shown = async {
            ready(&devnet, progress, begun).await?;
            self.course(&devnet, &light, progress).await
        };
        let outcome = tokio::select! {
            outcome = shown => outcome,
            failed = devnet.failed() => Err(service_ended(failed)),
        };
        progress.doing("stopping");
        stop.cancel();
        light.shutdown().await;
        devnet.shutdown().await;
        outcome
    }

    async fn course(
        &self,
        devnet: &Devnet,
        light: &LightClient,
        progress: &Progress,
    ) -> anyhow::Result<Report> {
        let [poster, reader] = devnet.gateways() else {
            anyhow::bail!("the demo has {DEMO_GATEWAYS} gateways");
        };
        let mut phases = Phases::new(progress);
        let (posting, reading) = (http(devnet, poster)?, http(devnet, reader)?);

        progress.doing("posting: coding, dispersing, certifying");
        let mut events = gateway(poster)?.events();
        let begun = Instant::now();
        let receipt = posting
            .post(
                &self.namespace,
                self.layout,
                self.batch.bytes.clone(),
                Wait::Certified,
            )
            .await
            .context("the batch was not posted")?;
        let blob_id = receipt.blob_id();
        phases.end_post(&mut events, blob_id, begun.elapsed());

        progress.doing("ordering");
        let begun = Instant::now();
        let receipt = posting
            .wait(&blob_id, Wait::Ordered)
            .await
            .context("not ordered")?;
        let inclusion = receipt
            .inclusion()
            .context("an ordered receipt has a block")?;
        let (height, rows) = (
            inclusion.block().height,
            usize::from(inclusion.block().rows),
        );
        phases.end(
            "ordered",
            begun.elapsed(),
            0,
            format!("block {}", height.get()),
        );

        let begun = Instant::now();
        let sampled = self.sample(light, height, progress).await?;
        let detail = format!(
            "{} of {} verified, confidence {}",
            sampled.verified, sampled.asked, sampled.confidence
        );
        phases.end(
            "sampled",
            begun.elapsed(),
            u64::from(sampled.verified) * CELL_BYTES as u64,
            detail,
        );

        progress.doing("reading through the other gateway");
        let begun = Instant::now();
        reading
            .wait(&blob_id, Wait::Ordered)
            .await
            .context("the other gateway has no block")?;
        let read = self.read(&reading, &blob_id).await;
        let moved = if read.identical {
            self.batch.bytes.len() as u64
        } else {
            0
        };
        let detail = if read.identical {
            "identical"
        } else {
            "failed"
        };
        phases.end("read", begun.elapsed(), moved, detail.into());

        let withheld = self
            .withhold
            .map(|percent| withheld(percent, rows, self.seed));
        Ok(Report {
            ok: is_right(&sampled, &read, withheld),
            identical: read.identical,
            blob_id: blob_id.to_string(),
            height: height.get(),
            rows,
            byte_len: self.batch.bytes.len() as u64,
            seed: self.seed,
            verdict: sampled.verdict.as_str().into(),
            confidence: sampled.confidence,
            samples: Samples {
                asked: sampled.asked,
                verified: sampled.verified,
                refused: sampled.refused,
            },
            withheld,
            read_error: read.error,
            phases: phases.into_reports(),
        })
    }

    async fn sample(
        &self,
        light: &LightClient,
        height: weft_chain::Height,
        progress: &Progress,
    ) -> anyhow::Result<HeightReport> {
        let ticket = light
            .request(height)
            .await
            .context("the light client cannot sample")?;
        progress.doing("sampling");
        sampled(ticket, progress)
            .await
            .context("the light client could not sample")
    }

    async fn read(&self, reading: &HttpClient, blob_id: &BlobId) -> Read {
        match reading.read(blob_id).await {
            Ok(ReadOutcome::Batch(read)) => Read {
                identical: *read.batch() == self.batch.bytes,
                error: None,
            },
            Ok(ReadOutcome::Malformed(malformed)) => Read {
                identical: false,
                error: Some(format!("the blob holds no batch: {}", malformed.reason())),
            },
            Err(error) => Read {
                identical: false,
                error: Some(causes(&anyhow::Error::new(error))),
            },
        }
    }
}

/// Waits until every node accepts posts.
async fn ready(devnet: &Devnet, progress: &Progress, begun: Instant) -> anyhow::Result<()> {
    for node in devnet.validators().iter().chain(devnet.gateways()) {
        tokio::time::timeout(READY_DEADLINE, node.readiness().wait())
            .await
            .context("the nodes did not connect in time")?;
    }
    // Gateways build the prover's tables when they start; an earlier post would wait for them.
    progress.doing("making the prover's tables");
    tokio::task::spawn_blocking(weft_encoding::prepare_prover).await?;
    progress.done(format!("network ready in {}", human(begun.elapsed())));
    Ok(())
}

fn gateway(node: &Node) -> anyhow::Result<&Gateway> {
    node.gateway().context("a gateway node has a gateway")
}

fn http(devnet: &Devnet, node: &Node) -> anyhow::Result<HttpClient> {
    let address = node.api_addr().context("a gateway has an HTTP address")?;
    client(&format!("http://{address}"), devnet.genesis())
}

fn withheld(percent: f64, rows: usize, seed: u64) -> Withheld {
    let pattern = WorstPattern::new(rows, percent, seed);
    Withheld {
        percent,
        cells: pattern.cells(),
        total: weft_sampling::matrix_cells(rows),
        unrepairable: pattern.is_unrepairable(),
    }
}

/// Whether the outcome is right. Below the threshold the batch is read back, and the verdict is
/// "available" only if no sample was refused. Above it the read must fail, and the verdict must not
/// be "available".
fn is_right(sampled: &HeightReport, read: &Read, withheld: Option<Withheld>) -> bool {
    let available = sampled.verdict.is_available();
    match withheld {
        Some(withheld) if withheld.unrepairable => {
            !available && !read.identical && read.error.is_some()
        }
        Some(_) => read.identical && available == (sampled.refused == 0),
        None => read.identical && available,
    }
}
