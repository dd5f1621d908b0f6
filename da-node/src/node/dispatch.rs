//! Dispatches requests and gossip from the network to the services.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use weft_chain::{CertifiedBlob, Signature, SignedHeader};
use weft_consensus::Orderer;
use weft_custody::{Custodian, CustodyError};
use weft_encoding::Fault;
use weft_ledger::pool::Pool;
use weft_ledger::sync::{HeaderVerdict, SyncHandle, judge_header};
use weft_ledger::{Ledger, LedgerServer};
use weft_network::{
    DisperseRequest, GossipMessage, GossipValidation, NetworkEvent, NetworkHandle, OfferUpdate,
    PeerId, Propose, Refusal, Request, Responder, Response,
};

use super::tasks::Tasks;

/// Gossip messages validated at once. Further ones are ignored; their sources send them again.
const GOSSIP_AT_ONCE: usize = 128;

/// The services that answer.
#[derive(Clone, Debug)]
pub(super) struct Dispatcher {
    pub(super) custodian: Custodian,
    pub(super) ledger: Ledger,
    pub(super) server: LedgerServer,
    pub(super) orderer: Arc<dyn Orderer>,
    pub(super) pool: Pool,
    /// `None` if the engine fetches missed blocks itself.
    pub(super) sync: Option<SyncHandle>,
    pub(super) network: NetworkHandle,
    pub(super) tasks: Tasks,
}

impl Dispatcher {
    /// Runs until shutdown. Each event is handled in a task of its own: the network bounds the
    /// requests in progress, the permits here bound the gossip.
    pub(super) async fn run(self, mut events: mpsc::Receiver<NetworkEvent>) {
        let gossip = Arc::new(Semaphore::new(GOSSIP_AT_ONCE));
        loop {
            let event = tokio::select! {
                () = self.tasks.shutdown().cancelled() => return,
                event = events.recv() => event,
            };
            match event {
                Some(NetworkEvent::Request {
                    peer,
                    request,
                    responder,
                }) => {
                    let service = self.clone();
                    self.tasks
                        .work(async move { service.answer(peer, request, responder).await });
                }
                Some(NetworkEvent::Gossip {
                    from,
                    message,
                    validation,
                }) => {
                    let Ok(permit) = Arc::clone(&gossip).try_acquire_owned() else {
                        validation.ignore();
                        continue;
                    };
                    let service = self.clone();
                    self.tasks.work(async move {
                        service.judge(from, message, validation).await;
                        drop(permit);
                    });
                }
                Some(NetworkEvent::Connected(peer)) => self.tell_sync(|sync| sync.joined(peer)),
                Some(NetworkEvent::Disconnected(peer)) => self.tell_sync(|sync| sync.left(peer)),
                None => return,
            }
        }
    }

    fn tell_sync(&self, tell: impl FnOnce(&SyncHandle)) {
        if let Some(sync) = &self.sync {
            tell(sync);
        }
    }

    async fn answer(&self, peer: PeerId, request: Request, responder: Responder) {
        let response = match request {
            Request::Disperse(request) => Response::Disperse(self.disperse(peer, request).await),
            Request::PushProofs(request) => Response::PushProofs(
                self.custodian
                    .push_proofs(request)
                    .await
                    .map_err(|error| self.refuse(peer, &error)),
            ),
            Request::Columns(request) => self.custodian.columns(request).await.map_or_else(
                |error| Response::Refused(error.refusal()),
                Response::Columns,
            ),
            Request::Samples(request) => self.custodian.samples(request).await.map_or_else(
                |error| Response::Refused(error.refusal()),
                Response::Samples,
            ),
            Request::BlobHeaders(request) => {
                Response::BlobHeaders(self.server.blob_headers(request).await)
            }
            Request::Body(request) => Response::Body(self.server.body(request).await),
            Request::Headers(request) => Response::Headers(self.server.headers(request).await),
            Request::Status(_) => Response::Status(self.server.status()),
            Request::Propose(proposal) => Response::Propose(self.vote(peer, proposal).await),
            Request::ValidatorUpdate(request) => {
                Response::ValidatorUpdate(self.server.validator_update(request).await)
            }
            Request::OfferUpdate(request) => {
                Response::OfferUpdate(self.take_update(peer, request).await)
            }
            // Only light clients keep sampled cells; a custodian serves its cells as samples.
            Request::SampledCells(_) => Response::Refused(Refusal::NotServed),
            Request::CellProofs(request) => self.custodian.cell_proofs(request).await.map_or_else(
                |error| Response::Refused(error.refusal()),
                Response::CellProofs,
            ),
        };
        if let Err(error) = responder.respond(response) {
            tracing::error!(%peer, %error, "a request was not answered");
        }
    }

    /// Accepts columns. The peer that disperses them owes their cell proofs.
    async fn disperse(&self, peer: PeerId, request: DisperseRequest) -> Result<Signature, Refusal> {
        let blob = request.header.id();
        let signed = self.custodian.disperse(request).await;
        if signed.is_ok() {
            self.custodian.proof_accounts().dispersed(blob, peer);
        }
        signed.map_err(|error| self.refuse(peer, &error))
    }

    /// The refusal for the peer. Reports the peer's offence, if it committed one.
    fn refuse(&self, peer: PeerId, error: &CustodyError) -> Refusal {
        if let Some(offence) = error.offence() {
            tracing::warn!(%peer, %error, "a peer's custody request was invalid");
            self.network.report(peer, offence);
        }
        error.refusal()
    }

    /// Accepts an update of the validator set. An update that can never have been valid is an
    /// offence.
    async fn take_update(&self, peer: PeerId, offer: OfferUpdate) -> Result<(), Refusal> {
        self.server.offer_update(offer).await.map_err(|refused| {
            tracing::warn!(%peer, refusal = %refused.refusal, "an update was refused");
            if let Some(offence) = refused.offence {
                self.network.report(peer, offence);
            }
            refused.refusal
        })
    }

    /// A proposal from a later height than the next shows that the proposer has more blocks.
    async fn vote(&self, peer: PeerId, proposal: Propose) -> Result<Signature, Refusal> {
        let parent = proposal.block.header.height.previous();
        let vote = self.orderer.vote(peer, proposal).await;
        if let (Err(Refusal::NotYet), Some(height)) = (&vote, parent) {
            self.tell_sync(|sync| sync.heard(peer, height));
        }
        vote
    }

    async fn judge(&self, from: PeerId, message: GossipMessage, validation: GossipValidation) {
        match message {
            GossipMessage::Header(header) => self.judge_header(from, header, validation).await,
            GossipMessage::Certified(blob) => self.judge_certified(from, blob, validation).await,
        }
    }

    async fn judge_header(&self, from: PeerId, header: SignedHeader, validation: GossipValidation) {
        let ledger = self.ledger.clone();
        let judged = tokio::task::spawn_blocking(move || {
            let verdict = judge_header(ledger.rules(), &ledger.head(), &header);
            (verdict, header)
        });
        match judged.await {
            Ok((HeaderVerdict::Accept, header)) => {
                validation.accept();
                self.ledger.note_gossiped(header.header.height);
                self.tell_sync(|sync| sync.header(from, header));
            }
            Ok((HeaderVerdict::Reject, header)) => {
                tracing::warn!(%from, height = %header.header.height, "gossiped header rejected");
                validation.reject();
            }
            Ok((HeaderVerdict::Ignore, _)) | Err(_) => validation.ignore(),
        }
    }

    async fn judge_certified(
        &self,
        from: PeerId,
        blob: CertifiedBlob,
        validation: GossipValidation,
    ) {
        let id = blob.certificate.blob_id;
        match self.pool.admit(blob).await {
            // A pending or ordered blob may still be new to others. The network bounds forwarding:
            // it forwards each message once.
            Ok(_) => validation.accept(),
            Err(error) if error.fault() == Fault::Peer => {
                tracing::warn!(%from, blob = %id, %error, "gossiped blob rejected");
                validation.reject();
            }
            Err(error) => {
                tracing::debug!(%from, blob = %id, %error, "gossiped blob ignored");
                validation.ignore();
            }
        }
    }
}
