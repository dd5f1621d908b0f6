//! The file as it is written: every option that there is.

use std::path::PathBuf;

use weft_custody::CustodianConfig;
use weft_custody::backfill::BackfillConfig;
use weft_gateway::GatewayConfig;
use weft_gateway::api::ApiLimits;
use weft_ledger::pool::PoolConfig;
use weft_ledger::sync::SyncConfig;
use weft_network::limits::MAX_HEADERS;
use weft_network::{Deadlines, Limits, RequestKind, ScoreConfig};

use super::orderer::{DEFAULT_KIND, Pace};
use super::section::{
    Count, Described, DescribedSection, Millis, Seconds, Section, Shown, Unit, section,
};
use super::settings::{DEFAULT_LOG_FORMAT, MAX_BODY_BYTES};

/// What a node logs if its file does not say: of Weft everything worth a line, of the libraries below
/// it what is wrong. Gossipsub warns of every repetition, and Malachite's network calls every dial of a
/// peer that is down an error, for as long as it is down: the node tells that itself, once.
pub(crate) const DEFAULT_LOG_FILTER: &str = "info,libp2p=warn,libp2p_gossipsub=error,\
    arc_malachitebft=warn,arc_malachitebft_discovery=off,arc_malachitebft_network=off";

/// Bytes of messages in memory: at least two of the largest, so that one is never refused for ever.
const MEMORY_BYTES: std::ops::RangeInclusive<u64> = (32 << 20)..=(64 << 30);

/// A string as TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

section! {
    /// What the node is.
    struct RawConfig in "" {
        /// Folder of everything that the node writes; made at the start.
        data_dir: PathBuf = Shown::Required(quoted("data"));
        /// The chain's genesis file.
        genesis: PathBuf = Shown::Required(quoted("genesis.json"));
        /// "validator" votes and holds columns; "gateway" takes and gives batches; without a role the node
        /// follows the chain.
        roles: Option<Vec<String>> = Shown::ByDefault("[]".into());
        /// Proofs, repairs and other long computations at once, at most 1024; 0: one for each core.
        workers: Option<u64> = Shown::ByDefault("0".into());
    }
    sections {
        keys: RawKeys,
        network: Option<RawNetwork>,
        api: Option<RawApi>,
        gateway: Option<RawGateway>,
        orderer: Option<RawOrderer>,
        custodian: Option<RawCustodian>,
        backfill: Option<RawBackfill>,
        pool: Option<RawPool>,
        sync: Option<RawSync>,
        log: Option<RawLog>,
    }
}

section! {
    /// Secret keys, in files of mode 0600.
    struct RawKeys in "keys" {
        /// Signs custody and blocks. A validator needs it.
        validator: Option<PathBuf> = Shown::ForExample(quoted("validator.key"));
        /// The node's identity among peers.
        network: PathBuf = Shown::Required(quoted("network.key"));
    }
}

section! {
    /// Peers.
    struct RawNetwork in "network" {
        /// Where peers connect, TCP or QUIC. A validator needs at least one.
        listen: Option<Vec<String>> = Shown::ByDefault("[]".into());
        /// Addresses told to peers besides `listen`, for a node behind a translated address.
        external: Option<Vec<String>> = Shown::ByDefault("[]".into());
        /// Peers dialled besides the validators, each address ending in /p2p/PEER-ID.
        bootstrap: Option<Vec<String>> = Shown::ByDefault("[]".into());
    }
    sections {
        limits: Option<RawLimits>,
        deadlines: Option<RawDeadlines>,
        scores: Option<RawScores>,
    }
}

section! {
    /// Limits on what peers may use.
    struct RawLimits in "network.limits" {}
    numbers of Limits, by default Limits::default() => {
        /// Established connections; those to validators and bootstrap peers are not limited.
        connections: Count in 1..=65_536 => .connections;
        /// Established connections to one peer.
        connections_per_peer: Count in 1..=64 => .connections_per_peer;
        /// Connections being accepted.
        pending_incoming: Count in 1..=65_536 => .pending_incoming;
        /// After this time a connection that is not used is closed.
        idle_connection_s: Seconds in 10..=86_400 => .idle_connection;
        /// Peers that the node looks for and connects to; not above `connections`.
        target_peers: Count in 0..=65_536 => .target_peers;
        /// Requests of all peers being decoded or answered; more are refused as busy.
        inbound_requests: Count in 1..=65_536 => .inbound_requests;
        /// The same for one peer; not above `inbound_requests`.
        inbound_per_peer: Count in 1..=65_536 => .inbound_per_peer;
        /// Bytes of requests in memory; more requests are refused as busy.
        inbound_bytes: Count in MEMORY_BYTES => .inbound_bytes;
        /// Bytes of replies being written; more requests are refused as busy.
        reply_bytes: Count in MEMORY_BYTES => .reply_bytes;
        /// The same for one peer; not above `reply_bytes`.
        reply_bytes_per_peer: Count in MEMORY_BYTES => .reply_bytes_per_peer;
        /// Requests of this node in progress; more wait.
        outbound_requests: Count in 1..=65_536 => .outbound_requests;
        /// Requests of this node to one peer; more wait. Keep it below the peers' `inbound_per_peer`.
        outbound_per_peer: Count in 1..=1_024 => .outbound_per_peer;
        /// Requests and gossip that wait to be taken by the node; more are refused or ignored.
        event_queue: Count in 1..=65_536 => .event_queue;
        /// Units of request cost that a peer may use each second.
        request_rate: Count in 1..=1_000_000 => .request_rate;
        /// Units of request cost that a peer may use at once.
        request_burst: Count in 4_000..=1_000_000 => .request_burst;
        /// New gossip messages that a peer may bring each second; more are ignored.
        gossip_rate: Count in 1..=1_000_000 => .gossip_rate;
        /// Gossip messages that a peer may bring at once.
        gossip_burst: Count in 1..=1_000_000 => .gossip_burst;
    }
}

section! {
    /// How long a request to a peer may take, from asking to the whole reply, by kind.
    struct RawDeadlines in "network.deadlines" {}
    numbers of Deadlines, by default Deadlines::default() => {
        /// Columns of a new blob to a custodian, up to 16 MiB.
        disperse_ms: Millis in 100..=600_000 => [RequestKind::Disperse];
        /// Cell proofs of a new blob to a custodian.
        push_proofs_ms: Millis in 100..=600_000 => [RequestKind::PushProofs];
        /// Columns from a custodian, up to 16 MiB.
        columns_ms: Millis in 100..=600_000 => [RequestKind::Columns];
        /// Samples from a custodian.
        samples_ms: Millis in 100..=600_000 => [RequestKind::Samples];
        /// The headers of a block's blobs.
        blob_headers_ms: Millis in 100..=600_000 => [RequestKind::BlobHeaders];
        /// A block's body, up to 4 MiB.
        body_ms: Millis in 100..=600_000 => [RequestKind::Body];
        /// Headers with their certificates.
        headers_ms: Millis in 100..=600_000 => [RequestKind::Headers];
        /// How far a peer's chain goes.
        status_ms: Millis in 100..=600_000 => [RequestKind::Status];
        /// A block proposed by kind "solo", up to 4 MiB.
        propose_ms: Millis in 100..=600_000 => [RequestKind::Propose];
        /// An update of the validator set.
        validator_update_ms: Millis in 100..=600_000 => [RequestKind::ValidatorUpdate];
        /// Cell proofs from a custodian.
        cell_proofs_ms: Millis in 100..=600_000 => [RequestKind::CellProofs];
        /// An update of the validator set, offered to a validator.
        offer_update_ms: Millis in 100..=600_000 => [RequestKind::OfferUpdate];
        /// Cells that a light client sampled.
        sampled_cells_ms: Millis in 100..=600_000 => [RequestKind::SampledCells];
    }
}

section! {
    /// When a peer is banned, and for how long.
    struct RawScores in "network.scores" {}
    numbers of ScoreConfig, by default ScoreConfig::default() => {
        /// Score at which a peer is banned; an invalid proof or signature adds 50, a malformed message 25.
        ban_at: Count in 1..=10_000 => .ban_at;
        /// A score halves in this time.
        half_life_s: Seconds in 1..=86_400 => .half_life;
        /// Length of a peer's first ban; each further one is twice as long.
        first_ban_s: Seconds in 1..=2_592_000 => .first_ban;
        /// Longest ban; not below `first_ban_s`.
        longest_ban_s: Seconds in 1..=2_592_000 => .longest_ban;
        /// Peers whose scores are remembered, and peers banned at once.
        remembered_peers: Count in 1..=1_000_000 => .remembered_peers;
    }
}

/// The interface takes as many posts as the gateway does.
fn api_limits() -> ApiLimits {
    let mut limits = ApiLimits::default();
    limits.posts = GatewayConfig::default().max_posts;
    limits
}

section! {
    /// HTTP. A gateway needs this section.
    struct RawApi in "api" {
        /// IP address and port.
        listen: String = Shown::Required(quoted("127.0.0.1:9700"));
    }
    numbers of ApiLimits, by default api_limits() => {
        /// Posts at once, here and in the gateway; one more is answered 503 `busy`.
        max_concurrent_posts: Count in 1..=1_024 => .posts;
        /// Largest batch in bytes. Layout and chain have limits of their own.
        max_body_bytes: Count in 1..=MAX_BODY_BYTES => .max_body_bytes;
        /// Open connections; more wait to be accepted.
        max_connections: Count in 1..=65_536 => .connections;
        /// Reads of batches at once, until they are sent; one more is answered 503 `busy`.
        max_concurrent_reads: Count in 1..=1_024 => .reads;
        /// Other requests at once; one more is answered 503 `busy`.
        max_concurrent_queries: Count in 1..=65_536 => .queries;
        /// Event streams at once; one more is answered 503 `busy`.
        max_subscriptions: Count in 1..=65_536 => .subscriptions;
        /// Time of a post, its upload included; above `certify_deadline_ms` and `order_deadline_ms` of the
        /// gateway together.
        post_deadline_ms: Millis in 3_000..=3_600_000 => .post_deadline;
        /// Time until a read answers; above `read_deadline_ms` of the gateway.
        read_deadline_ms: Millis in 2_000..=3_600_000 => .read_deadline;
        /// Time until any other request answers.
        query_deadline_ms: Millis in 100..=600_000 => .query_deadline;
        /// Time to receive a request's head, and idle time of a connection between requests.
        head_deadline_ms: Millis in 100..=600_000 => .head_deadline;
        /// Time that a batch may take to be sent to its reader.
        send_deadline_ms: Millis in 1_000..=3_600_000 => .send_deadline;
        /// How long a client may leave sent data unread.
        stall_deadline_ms: Millis in 1_000..=600_000 => .stall_deadline;
        /// Time that requests in progress get when the node stops.
        stop_deadline_ms: Millis in 100..=600_000 => .stop_deadline;
    }
}

section! {
    /// Posts and reads of the role gateway; `api.max_concurrent_posts` is the number of posts at once.
    struct RawGateway in "gateway" {}
    numbers of GatewayConfig, by default GatewayConfig::default() => {
        /// Reads at once; one more is answered 503 `busy`.
        max_reads: Count in 1..=1_024 => .max_reads;
        /// Certified posts that still send columns to slow custodians.
        max_stragglers: Count in 1..=1_024 => .max_stragglers;
        /// Time of a post until its certificate, and of the slower custodians after it.
        certify_deadline_ms: Millis in 1_000..=600_000 => .certify_deadline;
        /// Time that a dispersal to a replaced validator set still gets.
        old_set_patience_ms: Millis in 0..=600_000 => .old_set_patience;
        /// Time from a post's certificate until its block, if the post waits for it.
        order_deadline_ms: Millis in 1_000..=600_000 => .order_deadline;
        /// Time of a read.
        read_deadline_ms: Millis in 1_000..=600_000 => .read_deadline;
        /// Time that one custodian gets to give a read its columns or cells.
        request_deadline_ms: Millis in 100..=600_000 => .request_deadline;
        /// After this time another custodian is asked for the same columns.
        slow_after_ms: Millis in 10..=600_000 => .slow_after;
        /// How long a read asks again for cells whose proofs the custodians do not have yet.
        not_yet_patience_ms: Millis in 0..=600_000 => .not_yet_patience;
        /// How long a read asks light clients after the custodians gave too little.
        clients_patience_ms: Millis in 0..=600_000 => .clients_patience;
        /// First pause before a custodian is asked again; it doubles.
        first_retry_pause_ms: Millis in 10..=60_000 => .first_retry_pause;
        /// Longest such pause.
        max_retry_pause_ms: Millis in 10..=3_600_000 => .max_retry_pause;
        /// First pause before cell proofs are pushed again; it doubles.
        first_push_pause_ms: Millis in 10..=60_000 => .first_push_pause;
        /// Longest such pause.
        max_push_pause_s: Seconds in 1..=86_400 => .max_push_pause;
        /// How long cell proofs are pushed to custodians that cannot be reached.
        push_patience_s: Seconds in 1..=2_592_000 => .push_patience;
    }
}

section! {
    /// Who orders blocks, and at what pace.
    struct RawOrderer in "orderer" {
        /// "malachite", or "solo" for development; the same at all nodes.
        kind: Option<String> = Shown::ByDefault(quoted(DEFAULT_KIND));
        /// Where the other engines connect, TCP or QUIC. A validator with "malachite" needs it.
        listen: Option<String> = Shown::ForExample(quoted("/ip4/127.0.0.1/tcp/9702"));
    }
    numbers of Pace, by default Pace::default() => {
        /// Time from block to block; with "solo" the least, and none without blobs.
        block_interval_ms: Millis in 10..=600_000 => .block_interval;
        /// How long the first round waits for its proposal; "malachite" only.
        propose_timeout_ms: Millis in 50..=600_000 => .malachite.propose_timeout;
        /// How long to wait for more votes when a quorum of votes disagrees; "malachite" only.
        vote_timeout_ms: Millis in 50..=600_000 => .malachite.vote_timeout;
        /// What each further round adds to both; "malachite" only.
        timeout_step_ms: Millis in 10..=60_000 => .malachite.timeout_step;
        /// How often validators are told how far this one has decided; "malachite" only.
        status_interval_ms: Millis in 100..=600_000 => .malachite.status_interval;
    }
}

section! {
    /// Custody of the role validator.
    struct RawCustodian in "custodian" {}
    numbers of CustodianConfig, by default CustodianConfig::default() => {
        /// Requests in progress or waiting, up to 16 MiB each; more are refused as busy.
        queue: Count in 1..=65_536 => .queue;
        /// Block columns in memory for samples of parity rows, up to 1 MiB each.
        cached_columns: Count in 1..=65_536 => .cached_columns;
        /// Blocks whose rows are in memory, a few KiB each.
        cached_blocks: Count in 1..=65_536 => .cached_blocks;
    }
}

section! {
    /// Fetching or repairing the columns and proofs that a custodian lacks.
    struct RawBackfill in "backfill" {}
    numbers of BackfillConfig, by default BackfillConfig::default() => {
        /// Age of a block before its missing columns are fetched.
        column_patience_ms: Millis in 0..=3_600_000 => .column_patience;
        /// Age of a block before missing cell proofs of its blobs are fetched or made.
        proof_patience_ms: Millis in 0..=3_600_000 => .proof_patience;
        /// What each row of a blob adds to that: how long a gateway may take to prove a row.
        proof_row_patience_ms: Millis in 0..=600_000 => .proof_row_patience;
        /// Rows that a gateway may leave to this custodian to prove; the account halves every ten minutes.
        proof_rows_owed: Count in 0..=1_000_000 => .proof_rows_owed;
        /// Age of a block before the proofs of a gateway above that account are made.
        overdrawn_patience_ms: Millis in 0..=3_600_000 => .overdrawn_patience;
        /// Blobs worked on at once, up to 16 MiB each.
        blobs_at_once: Count in 1..=256 => .blobs_at_once;
        /// Unfinished blobs in memory, about 100 bytes each. The search pauses at this number.
        max_unfinished: Count in 1..=16_777_216 => .max_unfinished;
        /// Time that one custodian gets to give what it is asked for.
        request_deadline_ms: Millis in 100..=600_000 => .request_deadline;
        /// How long a custodian that did not answer is not asked again.
        away_pause_ms: Millis in 0..=3_600_000 => .away_pause;
        /// First pause before a blob that could not be completed is taken up again; it doubles.
        first_retry_pause_ms: Millis in 10..=3_600_000 => .first_retry_pause;
        /// Longest such pause.
        max_retry_pause_ms: Millis in 10..=3_600_000 => .max_retry_pause;
        /// Least time between two writes of the progress.
        save_interval_ms: Millis in 0..=600_000 => .save_interval;
    }
}

section! {
    /// Certified blobs that wait for a block.
    struct RawPool in "pool" {}
    numbers of PoolConfig, by default PoolConfig::default() => {
        /// Blobs that wait at once; more are refused.
        max_blobs: Count in 1..=1_048_576 => .max_blobs;
        /// The same for one namespace.
        max_blobs_per_namespace: Count in 1..=1_048_576 => .max_blobs_per_namespace;
        /// How often blobs certified here are gossiped again until they are ordered.
        regossip_interval_ms: Millis in 100..=600_000 => .regossip_interval;
    }
}

section! {
    /// Fetching blocks that others decided; a validator with "malachite" gets them from its engine.
    struct RawSync in "sync" {}
    numbers of SyncConfig, by default SyncConfig::default() => {
        /// How often peers are asked how far their chains go.
        poll_interval_ms: Millis in 100..=600_000 => .poll_interval;
        /// Peers asked at one poll.
        polled_peers: Count in 1..=1_024 => .polled_peers;
        /// Headers asked for at once.
        headers_at_once: Count in 1..=MAX_HEADERS as u64 => .headers_at_once;
        /// Bodies asked for at once, up to 4 MiB each.
        bodies_at_once: Count in 1..=256 => .bodies_at_once;
        /// First pause after a peer failed; it doubles with every failure in a row.
        first_pause_ms: Millis in 10..=600_000 => .first_pause;
        /// Longest such pause.
        longest_pause_ms: Millis in 10..=3_600_000 => .longest_pause;
    }
}

section! {
    /// Logs, on standard error.
    struct RawLog in "log" {
        /// Levels by module, as in `RUST_LOG`; `--log` and `WEFT_LOG` come before it.
        filter: Option<String> = Shown::ByDefault(quoted(DEFAULT_LOG_FILTER));
        /// "text" or "json"; `--log-json` comes before it.
        format: Option<String> = Shown::ByDefault(quoted(DEFAULT_LOG_FORMAT));
    }
}
