//! Collects the validators' signatures over one header.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::sleep;
use weft_chain::{
    Block, CertificateBuilder, CertificateError, FinalityCertificate, HeaderHash, Signature,
    ValidatorIndex, ValidatorSet,
};
use weft_network::{NetworkHandle, Offence, PeerId, Propose};

use weft_network::Directory;

/// First pause before a validator is asked again; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause before a validator is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One header, up for signatures.
#[derive(Debug)]
pub(super) struct Ballot<'a> {
    pub(super) block: &'a Arc<Block>,
    pub(super) hash: HeaderHash,
    pub(super) round: u32,
    pub(super) set: &'a ValidatorSet,
    pub(super) own: (ValidatorIndex, Signature),
}

/// Asks every validator until more than 2/3 of the stake has signed.
///
/// Asks all validators concurrently and retries each with backoff, so a slow or dead one does not
/// delay the others. Without a quorum it does not return; the caller drops it.
///
/// # Errors
/// [`CertificateError`] (local) when the own signature does not fit the set.
pub(super) async fn collect(
    ballot: &Ballot<'_>,
    network: &NetworkHandle,
    directory: &Directory,
) -> Result<FinalityCertificate, CertificateError> {
    let chain_id = &ballot.block.header.chain_id;
    let mut builder = CertificateBuilder::finality(chain_id, ballot.hash, ballot.round, ballot.set);
    let (own, signature) = ballot.own;
    builder.add(own, signature)?;

    let mut asked: FuturesUnordered<_> = ballot
        .set
        .iter()
        .filter(|(index, _)| *index != own)
        .filter_map(|(index, _)| Some((index, directory.peer_of(ballot.set, index)?)))
        .map(|(index, peer)| ask(ballot, network, index, peer, Duration::ZERO))
        .collect();
    while !builder.has_quorum() {
        let Some((index, peer, signature)) = asked.next().await else {
            // Every validator in the directory has signed, without a quorum.
            std::future::pending::<()>().await;
            continue;
        };
        if let Err(error) = builder.add(index, signature) {
            tracing::warn!(%error, validator = %index, "vote does not verify");
            network.report(peer, Offence::InvalidSignature);
            asked.push(ask(ballot, network, index, peer, LONGEST_PAUSE));
        }
    }
    builder.build()
}

/// Asks one validator until it signs.
async fn ask(
    ballot: &Ballot<'_>,
    network: &NetworkHandle,
    index: ValidatorIndex,
    peer: PeerId,
    before: Duration,
) -> (ValidatorIndex, PeerId, Signature) {
    sleep(before).await;
    let mut pause = FIRST_PAUSE;
    loop {
        let proposal = Propose {
            block: (**ballot.block).clone(),
        };
        match network.request(peer, proposal).await {
            Ok(Ok(signature)) => return (index, peer, signature),
            Ok(Err(refusal)) => {
                tracing::warn!(%refusal, validator = %index, "vote refused");
            }
            Err(error) => tracing::debug!(%error, validator = %index, "validator not reached"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
