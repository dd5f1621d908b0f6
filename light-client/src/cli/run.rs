//! From arguments to exit status.

use std::{fs, io::IsTerminal, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::broadcast::error::RecvError,
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use weft_light_client::{
    FollowStatus, Genesis, Height, HeightReport, HeightVerdict, LightClient, LightConfig, Progress,
    SampleSchedule,
};

use super::{
    Args, identity,
    output::{self, Bar},
};

/// Runs the command.
pub(crate) fn run(args: Args) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let outcome = tokio::runtime::Runtime::new()
        .context("cannot start the runtime")
        .and_then(|runtime| runtime.block_on(serve(&args)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("weft-light: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: &Args) -> Result<ExitCode> {
    let client = LightClient::start(config(args)?, CancellationToken::new()).await?;
    let outcome = tokio::select! {
        outcome = async {
            match args.once {
                Some(height) => once(args, &client, Height::new(height)).await,
                None => follow(args, &client).await,
            }
        } => outcome,
        signal = told_to_stop() => signal.map(|()| ExitCode::SUCCESS),
    };
    client.shutdown().await;
    outcome
}

/// Ends at Ctrl-C, or at the SIGTERM of a service manager.
async fn told_to_stop() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("cannot wait for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

fn config(args: &Args) -> Result<LightConfig> {
    let path = args.genesis.display();
    let text =
        fs::read(&args.genesis).with_context(|| format!("cannot read the genesis {path}"))?;
    let genesis: Genesis =
        serde_json::from_slice(&text).with_context(|| format!("{path} is not a genesis"))?;
    let mut config = LightConfig::new(genesis, &args.data_dir);
    config.checkpoint = args.checkpoint;
    config.trusting_period = args.trusting_period.0;
    config.bootstrap = args.peers.clone();
    config.listen = args.listen.clone();
    // Peers dial a listening client by its identity. A client that only dials gets a fresh one at each
    // start, so that custodians cannot recognise it.
    if !args.listen.is_empty() {
        config.keypair = identity::load_or_create(&args.data_dir)?;
    }
    config.target = args.target();
    config.resampling.times = args.resample;
    if args.once.is_some() {
        config.schedule = SampleSchedule::OnRequest;
    }
    Ok(config)
}

/// Samples one height.
async fn once(args: &Args, client: &LightClient, height: Height) -> Result<ExitCode> {
    let bar = Bar::new(!args.json);
    let limit = args.timeout.map_or(Duration::MAX, Duration::from_secs);
    let report = tokio::time::timeout(limit, sample_with_bar(client, height, &bar)).await;
    bar.done();
    let Ok(report) = report else {
        let status = client.status().borrow().clone();
        let halted = status.halted.map(|halted| format!("; {halted}"));
        bail!(
            "no verdict on height {height} within {} s: {} of the chain's headers verified, {} \
             peers connected{}",
            limit.as_secs(),
            status.tip,
            client.connected().borrow().len(),
            halted.unwrap_or_default()
        );
    };
    if report.is_err() {
        show_evidence(args, client)?;
    }
    let report = report?;
    print(args, &report)?;
    Ok(status_of(&report))
}

async fn sample_with_bar(client: &LightClient, height: Height, bar: &Bar) -> Result<HeightReport> {
    let ticket = client.request(height).await?;
    let (mut status, mut progress) = (client.status(), ticket.progress());
    let report = ticket.report();
    tokio::pin!(report);
    check_followed(&status.borrow())?;
    loop {
        let now: Progress = *progress.borrow_and_update();
        if now.asked > 0 {
            bar.sampling(now);
        } else {
            bar.following(&status.borrow_and_update());
        }
        tokio::select! {
            report = &mut report => return Ok(report?),
            Ok(()) = progress.changed() => {}
            Ok(()) = status.changed() => check_followed(&status.borrow())?,
        }
    }
}

/// Fails once the client follows the chain no more.
fn check_followed(status: &FollowStatus) -> Result<()> {
    match status.halted.as_deref().filter(|halted| halted.is_final()) {
        Some(halted) => bail!("the client has stopped following the chain: {halted}"),
        None => Ok(()),
    }
}

/// Prints the evidence, if there is any.
fn show_evidence(args: &Args, client: &LightClient) -> Result<()> {
    if let Some(evidence) = client.evidence()? {
        let json = serde_json::to_string(&evidence).context("the evidence has no JSON")?;
        if args.json {
            println!("{{\"evidence\":{json}}}");
        } else {
            eprintln!("evidence: {json}");
        }
    }
    Ok(())
}

/// Prints the evidence, if there is any, and fails with the reason why the client has stopped.
fn stopped(args: &Args, client: &LightClient, status: &FollowStatus) -> Result<ExitCode> {
    show_evidence(args, client)?;
    check_followed(status)?;
    Ok(ExitCode::SUCCESS)
}

/// Reports on every height until the process is stopped.
async fn follow(args: &Args, client: &LightClient) -> Result<ExitCode> {
    let mut reports = client.reports();
    let mut status = client.status();
    let mut halted = None;
    if !args.json {
        let tip = status.borrow().tip;
        eprintln!("peer {}, {tip} headers verified so far", client.peer_id());
    }
    if status
        .borrow()
        .halted
        .as_ref()
        .is_some_and(|halted| halted.is_final())
    {
        return stopped(args, client, &status.borrow());
    }
    loop {
        tokio::select! {
            report = reports.recv() => match report {
                Ok(report) => print(args, &report)?,
                Err(RecvError::Lagged(missed)) => {
                    eprintln!("{missed} reports were not printed; they are in the data folder");
                }
                Err(RecvError::Closed) => bail!("the light client has stopped"),
            },
            Ok(()) = status.changed() => {
                let now = status.borrow_and_update().halted.clone();
                if now.as_ref().is_some_and(|now| now.is_final()) {
                    return stopped(args, client, &status.borrow());
                }
                if let Some(now) = now.as_ref().filter(|now| Some(*now) != halted.as_ref()) {
                    eprintln!("following the chain is halted: {now}");
                }
                halted = now;
            }
        }
    }
}

fn print(args: &Args, report: &HeightReport) -> Result<()> {
    if args.json {
        println!(
            "{}",
            serde_json::to_string(report).context("the report has no JSON")?
        );
    } else {
        println!("{}", output::line(report));
    }
    Ok(())
}

fn status_of(report: &HeightReport) -> ExitCode {
    match report.verdict {
        HeightVerdict::Available => ExitCode::SUCCESS,
        HeightVerdict::NotEnough => ExitCode::from(2),
        HeightVerdict::Unavailable { .. } => ExitCode::from(3),
    }
}
