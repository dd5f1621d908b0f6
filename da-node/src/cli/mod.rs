//! The `weft` command: its subcommands, their arguments and their exit status.

mod demo;
mod devnet;
mod exit;
mod get;
mod init;
mod keys;
mod node;
mod output;
mod post;
mod sample;
mod shared;
mod signals;
mod status;
mod validators;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// Default log filter. Gossipsub warns of every repeated message, which Weft sends by design.
/// Malachite warns of every connection that ends, and its network logs every dial that comes too
/// early as an error.
const DEFAULT_LOG: &str = "warn,libp2p_gossipsub=error,arc_malachitebft=error,arc_malachitebft_discovery=off,\
    arc_malachitebft_network=off";

/// How long jobs that still run after a command may take.
const EXIT_PATIENCE: Duration = Duration::from_secs(10);

/// A modular data-availability layer: post batches, keep them available, prove it by sampling.
#[derive(Debug, Parser)]
#[command(name = "weft", version, after_help = exit::HELP)]
struct Cli {
    /// Log filter for standard error, as `level` or `target=level,...`. The default is `warn`; for
    /// `weft node` it is the filter in its configuration.
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        env = "WEFT_LOG",
        help_heading = "Logging"
    )]
    log: Option<String>,
    /// Logs as JSON lines.
    #[arg(long, global = true, help_heading = "Logging")]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs one node from its configuration file.
    Node(node::NodeArgs),
    #[command(flatten)]
    Other(OtherCommand),
}

#[derive(Debug, Subcommand)]
enum OtherCommand {
    /// Runs the main job end to end, in one process over real sockets.
    Demo(demo::DemoArgs),
    /// Runs a whole network on this machine until it is stopped.
    Devnet(devnet::DevnetArgs),
    /// Creates and shows keys.
    Keys(keys::KeysArgs),
    /// Writes the genesis, keys and configurations of a new network, or of a node that joins one.
    Init(init::InitArgs),
    /// Posts a batch through a gateway and verifies its receipt.
    Post(post::PostArgs),
    /// Reads a batch through a gateway and verifies it.
    Get(get::GetArgs),
    /// Shows the status of a gateway and the chain.
    Status(status::StatusArgs),
    /// Lists the validators and changes their set.
    Validators(validators::ValidatorsArgs),
    /// Samples one block as a light client and says whether it is available.
    Sample(sample::SampleArgs),
}

/// Parses the command line and runs it.
#[must_use]
pub fn main() -> ExitCode {
    let Cli {
        log,
        log_json,
        command,
    } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::of_usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = anyhow::Error::new(error).context("the runtime did not start");
            return exit::of_error(&error);
        }
    };
    let code = match runtime.block_on(run(command, log.as_deref(), log_json)) {
        Ok(code) => code,
        Err(error) => exit::of_error(&error),
    };
    // After an orderly stop no job is left. A job that hangs does not keep the process alive.
    runtime.shutdown_timeout(EXIT_PATIENCE);
    code
}

async fn run(command: Command, log: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let command = match command {
        // Its configuration also sets the log filter.
        Command::Node(args) => return node::run(args, log, json).await,
        Command::Other(command) => command,
    };
    start_log(log.unwrap_or(DEFAULT_LOG), json).map_err(exit::misused)?;
    match command {
        OtherCommand::Demo(args) => demo::run(args).await,
        OtherCommand::Devnet(args) => devnet::run(args).await,
        OtherCommand::Keys(args) => keys::run(&args),
        OtherCommand::Init(args) => init::run(&args),
        OtherCommand::Post(args) => post::run(args).await,
        OtherCommand::Get(args) => get::run(args).await,
        OtherCommand::Status(args) => status::run(args).await,
        OtherCommand::Validators(args) => validators::run(args).await,
        OtherCommand::Sample(args) => sample::run(args).await,
    }
}

fn start_log(filter: &str, json: bool) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .map_err(|error| anyhow::anyhow!("the log filter {filter:?}: {error}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if json {
        log.json().init()
    } else {
        log.init()
    }
    Ok(())
}
