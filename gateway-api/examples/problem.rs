//! Reads the body of a gateway's failed answer from standard input and says what a client should do.
//!
//! ```text
//! curl -s http://127.0.0.1:4680/v1/blobs/00 | cargo run -p weft-gateway-api --example problem
//! ```

use std::io;

use weft_encoding::Fault;
use weft_gateway_api::{ProblemDto, ProblemKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let problem: ProblemDto = serde_json::from_reader(io::stdin().lock())?;
    println!("{problem}");
    let advice = match (problem.problem_kind(), problem.fault()) {
        (ProblemKind::NotYet, _) => "wait for the block, then ask again",
        (_, Fault::Retry) => "send the same request again later",
        (_, Fault::Caller) => "correct the request",
        (_, Fault::Peer) => "ask another gateway",
        (_, Fault::Local) => "tell the gateway's operator",
    };
    println!("{advice}");
    Ok(())
}
