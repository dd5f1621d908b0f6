//! Posting a batch: coded, dispersed, certified, and if asked ordered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use weft_chain::{BLOB_HEADER_VERSION, BlobHeader, BlobId, CertifiedBlob, Height, Namespace};
use weft_custody::JobLost;
use weft_encoding::{CodedBlob, Fault, Layout, code_blob};
use weft_gateway_api::Wait;
use weft_ledger::store::StoreError;

use super::{Gateway, Phase, PhaseEvent, PostError, Receipt, Shared, blocking, dispersal};

/// A batch to post.
#[derive(Clone, Debug)]
pub struct PostRequest {
    /// The namespace that owns the batch.
    pub namespace: Namespace,
    /// How it becomes rows.
    pub layout: Layout,
    /// The batch.
    pub batch: Bytes,
    /// What to wait for.
    pub wait: Wait,
}

/// A successful post.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The blob's receipt.
    pub receipt: Receipt,
    /// Whether the blob was certified already, or by another post of the same batch.
    pub known: bool,
}

impl Gateway {
    /// Posts a batch. The same batch is the same blob and is answered from the store. If less than
    /// half of its retention is left, it is certified and ordered again.
    ///
    /// Returns once the certificate and the spooled rows are on the disk and, with
    /// [`Wait::Ordered`], a block has ordered the blob. A caller that stops waiting does not stop
    /// the post. Cost: coding (about one commitment per row and one FK20) on the workers, and one
    /// request to each custodian.
    ///
    /// # Errors
    /// [`PostError`]: a batch that does not fit its layout (caller); too many posts, too few
    /// signatures, no block in time or before the certificate expired (retry); the store (local).
    pub async fn post(&self, request: PostRequest) -> Result<Posted, PostError> {
        let shared = &self.shared;
        let timer = shared.metrics.post_seconds.start_timer();
        let outcome = shared.post(request).await;
        timer.observe_duration();
        let label = match &outcome {
            Ok(_) => "ok",
            Err(error) => error.fault().name(),
        };
        shared.metrics.posts.with_label_values(&[label]).inc();
        outcome
    }
}

/// A blob that is certified, and whether it was before.
struct Certified {
    blob_id: BlobId,
    known: bool,
}

/// How far an earlier post of a blob has come.
enum Standing {
    /// A block has ordered it, and it is too soon to order it again.
    Ordered,
    /// It has a certificate that the next block may include.
    Certified,
    /// A block has ordered its newest certificate, and it may be certified and ordered again.
    Renewable,
    /// No block has ordered its newest certificate, which expires at this height, and the next
    /// block may not include it.
    Lapsed(Height),
    /// It has no certificate.
    Unknown,
}

impl Shared {
    async fn post(self: &Arc<Self>, request: PostRequest) -> Result<Posted, PostError> {
        let wait = request.wait;
        let Certified { blob_id, known } = self.certify_to_the_end(request).await?;
        if wait == Wait::Ordered {
            let waited = self.config.order_deadline;
            let not_ordered = |_| PostError::NotOrdered { blob_id, waited };
            tokio::time::timeout(waited, self.ordered(blob_id))
                .await
                .map_err(not_ordered)??;
        }
        let store = self.store.clone();
        let receipt =
            blocking(move || Receipt::load_newest(&store, blob_id).map_err(PostError::from));
        let missing =
            || StoreError::damaged("certificates", format!("blob {blob_id} has no entry"));
        let receipt = receipt.await?.ok_or_else(missing)?;
        Ok(Posted { receipt, known })
    }

    /// Certifies the batch in a task of its own, which continues when the caller disconnects: the
    /// work is not lost, and a repeated post finds the blob certified.
    async fn certify_to_the_end(
        self: &Arc<Self>,
        request: PostRequest,
    ) -> Result<Certified, PostError> {
        let busy = |_| PostError::Busy {
            max: self.config.max_posts.get(),
        };
        let permit = Arc::clone(&self.posts).try_acquire_owned().map_err(busy)?;
        let shared = Arc::clone(self);
        let certifying = self.tasks.spawn(async move {
            let _permit = permit;
            let certified = shared.certify_once(request).await;
            certified.map_err(|error| match error.fault() {
                Fault::Retry | Fault::Local if shared.shutdown.is_cancelled() => {
                    PostError::Stopping
                }
                _ => error,
            })
        });
        certifying.await.map_err(|_| JobLost)?
    }

    async fn certify_once(self: &Arc<Self>, request: PostRequest) -> Result<Certified, PostError> {
        let PostRequest {
            namespace,
            layout,
            batch,
            ..
        } = request;
        let turn = self.in_flight.turn(namespace, layout, &batch);
        let mut certified = turn.certified.lock().await;
        if let Some(blob_id) = *certified {
            return Ok(Certified {
                blob_id,
                known: true,
            });
        }
        if self.shutdown.is_cancelled() {
            return Err(PostError::Stopping);
        }
        let begun = Instant::now();
        let max_rows = usize::from(self.ledger.genesis().max_block_rows);
        let (coded, header) = self
            .workers
            .run(move || code(namespace, layout, &batch, max_rows))
            .await??;
        let blob_id = header.id();
        self.tell(blob_id, Phase::Coded, begun.elapsed(), coded_bytes(&coded));

        let standing = self.standing(blob_id, self.ledger.head().next_height());
        let known = matches!(standing.await?, Standing::Ordered | Standing::Certified);
        if !known {
            self.certify(blob_id, coded, header, begun).await?;
        }
        *certified = Some(blob_id);
        Ok(Certified { blob_id, known })
    }

    /// How far the blob is when the next block is at height `next`.
    async fn standing(&self, blob_id: BlobId, next: Height) -> Result<Standing, PostError> {
        let (store, ledger) = (self.store.clone(), self.ledger.clone());
        blocking(move || {
            let rules = ledger.rules();
            // Read the location after the certificate, so that a block committed in between is
            // seen.
            let certificate = store.certificate(&blob_id)?;
            let place = store.location(&blob_id)?;
            let soon = |place| rules.check_again(&blob_id, &place, next).is_err();
            if place.is_some_and(soon) {
                return Ok(Standing::Ordered);
            }
            let Some(certificate) = certificate else {
                return Ok(Standing::Unknown);
            };
            let (expiry, root) = (certificate.expiry, certificate.validator_set_root);
            let fits = rules.retention.check_expiry(expiry, next).is_ok();
            Ok(if fits && rules.sets.certifying(&root, next).is_some() {
                Standing::Certified
            } else if place.is_some_and(|place| place.expiry >= expiry) {
                Standing::Renewable
            } else {
                Standing::Lapsed(expiry)
            })
        })
        .await
    }

    /// Waits until a block has ordered the blob, or no block may include its certificate any more.
    /// Callers set the deadline.
    async fn ordered(&self, blob_id: BlobId) -> Result<(), PostError> {
        let mut head = self.ledger.watch_head();
        loop {
            let height = head.borrow_and_update().next_height();
            match self.standing(blob_id, height).await? {
                Standing::Ordered | Standing::Renewable => return Ok(()),
                Standing::Certified | Standing::Unknown => {}
                Standing::Lapsed(expiry) => {
                    return Err(PostError::Lapsed {
                        blob_id,
                        expiry,
                        height,
                    });
                }
            }
            head.changed().await.map_err(|_| PostError::Stopping)?;
        }
    }

    async fn certify(
        self: &Arc<Self>,
        blob_id: BlobId,
        coded: CodedBlob,
        header: BlobHeader,
        begun: Instant,
    ) -> Result<(), PostError> {
        self.pool.check_room(&header.namespace)?;
        let coded = Arc::new(coded);
        let certificate = dispersal::disperse(self, &coded, &header).await?;
        let spooling = self.spooling.read().await;
        let store = self.store.clone();
        blocking(move || {
            store
                .put_spool(&blob_id, coded.rows())
                .map_err(PostError::from)
        })
        .await?;
        let submitted = self
            .pool
            .submit(CertifiedBlob {
                header,
                certificate,
            })
            .await;
        drop(spooling);
        // Also for a blob that the pool refused: its rows must be removed from the spool.
        self.spooled.notify_one();
        submitted?;
        self.tell(blob_id, Phase::Certified, begun.elapsed(), 0);
        Ok(())
    }

    pub(super) fn tell(&self, blob_id: BlobId, phase: Phase, took: Duration, bytes: u64) {
        self.metrics.phase(phase, took);
        // Without subscribers the send fails, which is no error.
        let _ = self.events.send(PhaseEvent {
            blob_id,
            phase,
            took,
            bytes,
        });
    }
}

fn code(
    namespace: Namespace,
    layout: Layout,
    batch: &[u8],
    max_rows: usize,
) -> Result<(CodedBlob, BlobHeader), PostError> {
    let rows = layout.rows_from_batch(batch)?;
    if rows.len() > max_rows {
        return Err(PostError::TooManyRows {
            rows: rows.len(),
            max: max_rows,
        });
    }
    let coded = code_blob(namespace.as_bytes(), rows)?;
    let header = BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace,
        layout,
        byte_len: batch.len() as u64,
        commitments: coded.commitments().to_vec(),
        columns_root: coded.columns_root(),
    };
    header.validate()?;
    Ok((coded, header))
}

/// Bytes of the coded columns: twice the rows.
fn coded_bytes(coded: &CodedBlob) -> u64 {
    (coded.rows().len() * weft_encoding::COLUMNS * weft_encoding::CELL_BYTES) as u64
}
