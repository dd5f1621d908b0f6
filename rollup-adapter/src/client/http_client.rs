//! [`DataAvailability`] over a gateway's HTTP interface.

use std::time::Instant;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use weft_chain::{BlobId, Height, Namespace, VerifiedHeader};
use weft_encoding::Layout;
use weft_gateway_api::{
    BlockHeaderDto, MAX_LIST_HEIGHTS, MalformedBlob, NamespaceBlobsDto, ProblemKind, ReceiptDto,
    StatusDto, Wait,
};

use super::{
    ClientConfig,
    clock::{trust_now, unix_ms},
    freshness::check_head,
    learn::{learn_in_force, learn_set},
    subscription::Subscription,
    transport::{BlobAnswer, Size, Transport},
};
use crate::{
    availability::{
        BlockStream, DataAvailability, FetchReceiptError, LearnError, ListError, NamespaceStream,
        PostError, ReadError, ReadOutcome, SubscribeError, TransportError, WaitForError,
    },
    verify::{
        BatchError, NamespaceList, ReceiptError, Trust, VerifiedReceipt, verify_batch,
        verify_child, verify_columns_root, verify_header, verify_malformed, verify_namespace_list,
        verify_receipt, verify_same,
    },
};

/// A client of one gateway, which it trusts with nothing. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pub(super) transport: Transport,
    pub(super) trust: Trust,
}

impl HttpClient {
    /// A client of the gateway at `url`, with the default deadlines and limits.
    ///
    /// # Errors
    ///
    /// [`TransportError::Url`] (caller) and [`TransportError::Build`] (local).
    pub fn new(url: &str, trust: Trust) -> Result<Self, TransportError> {
        Self::with_config(url, trust, ClientConfig::default())
    }

    /// A client of the gateway at `url`.
    ///
    /// # Errors
    ///
    /// As [`HttpClient::new`].
    pub fn with_config(
        url: &str,
        trust: Trust,
        config: ClientConfig,
    ) -> Result<Self, TransportError> {
        Ok(Self {
            transport: Transport::new(url, config)?,
            trust,
        })
    }

    /// The trust that answers are verified against. It grows with what the client learns.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The gateway's own account of its state; not proven.
    ///
    /// # Errors
    ///
    /// [`TransportError`].
    pub async fn status(&self) -> Result<StatusDto, TransportError> {
        self.transport.get_json("status", &[], Size::Small).await
    }

    async fn fetch_receipt(&self, blob_id: &BlobId) -> Result<VerifiedReceipt, FetchReceiptError> {
        let path = format!("blobs/{blob_id}/receipt");
        let dto: ReceiptDto = self.transport.get_json(&path, &[], Size::Small).await?;
        self.learn_for_receipt(&dto).await?;
        let (trust, blob_id) = (self.trust_now(), *blob_id);
        Ok(blocking(move || verify_receipt(&trust, Some(&blob_id), dto)).await?)
    }

    async fn fetch_header(&self, which: &str) -> Result<Option<VerifiedHeader>, SubscribeError> {
        let path = format!("blocks/{which}");
        let dto: BlockHeaderDto = match self.transport.get_json(&path, &[], Size::Small).await {
            Ok(dto) => dto,
            Err(error) if is_problem(&error, ProblemKind::UnknownBlock) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.learn_for_blocks([&dto]).await?;
        let trust = self.trust_now();
        Ok(Some(blocking(move || verify_header(&trust, dto)).await?))
    }

    /// The trust at the present time.
    fn trust_now(&self) -> Trust {
        trust_now(&self.trust, self.transport.config())
    }

    /// Learns the validator sets that a receipt names.
    async fn learn_for_receipt(&self, receipt: &ReceiptDto) -> Result<(), LearnError> {
        // Before the block's set: learning the certificate's may show that the block's was replaced
        // and has to have come back.
        let certified = receipt.certificate.0.validator_set_root;
        learn_set(&self.transport, &self.trust, certified).await?;
        self.learn_for_blocks(&receipt.block).await
    }

    /// Learns the validator sets of blocks, which are in the order of their heights.
    async fn learn_for_blocks(
        &self,
        blocks: impl IntoIterator<Item = &BlockHeaderDto>,
    ) -> Result<(), LearnError> {
        let headers = blocks.into_iter().map(|block| &block.encoded.0);
        let sets = headers.map(|header| (header.validator_set_root, header.height));
        learn_in_force(&self.transport, &self.trust, sets.collect()).await
    }

    /// One page of a namespace's list, linked to the header `before` it.
    async fn fetch_list(
        &self,
        namespace: &Namespace,
        range: (Height, Height),
        before: Option<VerifiedHeader>,
    ) -> Result<NamespaceList, ListError> {
        let path = format!("namespaces/{namespace}/blobs");
        let query = [
            ("from", range.0.to_string()),
            ("to", range.1.to_string()),
            ("proof", true.to_string()),
        ];
        let dto: NamespaceBlobsDto = self
            .transport
            .get_json(&path, &query, Size::Transfer)
            .await?;
        self.learn_for_blocks(dto.blocks.iter().map(|entry| &entry.block))
            .await?;
        let (trust, namespace) = (self.trust_now(), *namespace);
        Ok(
            blocking(move || {
                verify_namespace_list(&trust, &namespace, range, before.as_ref(), dto)
            })
            .await?,
        )
    }
}

#[async_trait]
impl DataAvailability for HttpClient {
    async fn post(
        &self,
        namespace: &Namespace,
        layout: Layout,
        batch: Bytes,
        wait: Wait,
    ) -> Result<VerifiedReceipt, PostError> {
        let checked = batch.clone();
        blocking(move || layout.rows_from_batch(&checked).map(drop)).await?;
        let query = [
            ("namespace", namespace.to_string()),
            ("layout", layout.to_string()),
            ("wait", wait.to_string()),
        ];
        let dto: ReceiptDto = self
            .transport
            .post_bytes("blobs", &query, batch.clone())
            .await?;
        self.learn_for_receipt(&dto).await?;
        let (trust, namespace) = (self.trust_now(), *namespace);
        blocking(move || {
            let receipt = verify_receipt(&trust, None, dto)?;
            verify_posted(&receipt, &namespace, layout)?;
            let posted = verify_batch(receipt, batch)?;
            verify_columns_root(&posted)?;
            let receipt = posted.into_receipt();
            if !receipt.reached(wait) {
                return Err(ReceiptError::NotReached { asked: wait }.into());
            }
            Ok(receipt)
        })
        .await
    }

    async fn receipt(&self, blob_id: &BlobId) -> Result<VerifiedReceipt, FetchReceiptError> {
        self.fetch_receipt(blob_id).await
    }

    async fn wait(&self, blob_id: &BlobId, until: Wait) -> Result<VerifiedReceipt, WaitForError> {
        let started = Instant::now();
        let config = self.transport.config();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(config.first_pause)
            .with_max_delay(config.first_pause * 8)
            .without_max_times()
            .build();
        loop {
            let left = config.wait_limit.saturating_sub(started.elapsed());
            match tokio::time::timeout(left, self.fetch_receipt(blob_id)).await {
                Ok(Ok(receipt)) if receipt.reached(until) => return Ok(receipt),
                Ok(Ok(_)) | Err(_) => {}
                Ok(Err(FetchReceiptError::Transport(error)))
                    if is_problem(&error, ProblemKind::NotYet) => {}
                Ok(Err(error)) => return Err(error.into()),
            }
            let pause = pauses.next().unwrap_or(config.first_pause);
            let waited = started.elapsed();
            if waited + pause > config.wait_limit {
                return Err(WaitForError::NotYet {
                    blob_id: *blob_id,
                    until,
                    waited_ms: waited.as_millis(),
                    limit_ms: config.wait_limit.as_millis(),
                });
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn read(&self, blob_id: &BlobId) -> Result<ReadOutcome, ReadError> {
        let receipt = self.fetch_receipt(blob_id).await?;
        // A valid blob header has at most 64 rows, so this is at most 8 MiB.
        let limit = usize::try_from(receipt.byte_len()).unwrap_or(usize::MAX);
        let path = format!("blobs/{blob_id}");
        let answer = self.transport.get_blob(&path, limit).await?;
        blocking(move || match answer {
            BlobAnswer::Batch(batch) => Ok(ReadOutcome::Batch(verify_batch(receipt, batch)?)),
            BlobAnswer::Malformed(bytes) => {
                let malformed = MalformedBlob::decode(bytes)?;
                Ok(ReadOutcome::Malformed(verify_malformed(
                    receipt, &malformed,
                )?))
            }
        })
        .await
    }

    async fn list(
        &self,
        namespace: &Namespace,
        from: Height,
        to: Height,
    ) -> Result<NamespaceList, ListError> {
        if from > to || from < Height::FIRST {
            return Err(ListError::Range {
                from: from.get(),
                to: to.get(),
                first: Height::FIRST.get(),
            });
        }
        let page = |from: Height| (from, from.saturating_add(MAX_LIST_HEIGHTS - 1).min(to));
        let mut range = page(from);
        let mut list = self.fetch_list(namespace, range, None).await?;
        while let Some(next) = range.1.next().filter(|next| *next <= to) {
            range = page(next);
            let before = list.blocks().last().cloned();
            list.append(self.fetch_list(namespace, range, before).await?);
        }
        Ok(list)
    }

    async fn head(&self) -> Result<Option<VerifiedHeader>, SubscribeError> {
        let header = self.fetch_header("latest").await?;
        if let (Some(header), Some(limit)) = (&header, self.transport.config().max_head_age) {
            check_head(limit, header, unix_ms())?;
        }
        Ok(header)
    }

    async fn header(&self, height: Height) -> Result<Option<VerifiedHeader>, SubscribeError> {
        let header = self.fetch_header(&height.to_string()).await?;
        if let Some(header) = &header {
            verify_child(&self.trust, None, header, height)?;
        }
        Ok(header)
    }

    async fn subscribe(&self, from: Height) -> Result<BlockStream, SubscribeError> {
        let (transport, trust) = (self.transport.clone(), self.trust.clone());
        let subscription = Subscription::start(transport, trust, from).await?;
        let headers = stream::unfold(subscription, |mut subscription| async move {
            let header = subscription.next().await?;
            Some((header, subscription))
        });
        Ok(headers.boxed())
    }

    async fn subscribe_namespace(
        &self,
        namespace: &Namespace,
        from: Height,
    ) -> Result<NamespaceStream, SubscribeError> {
        let (client, namespace) = (self.clone(), *namespace);
        let headers = self.subscribe(from).await?;
        let lists = headers.and_then(move |header| {
            let client = client.clone();
            async move {
                let height = header.height;
                let list = client.list(&namespace, height, height).await?;
                if let Some(listed) = list.blocks().first() {
                    verify_same(&header, listed)?;
                }
                Ok(list)
            }
        });
        Ok(lists.boxed())
    }
}

/// Checks that a receipt is for the namespace and layout of a post.
fn verify_posted(
    receipt: &VerifiedReceipt,
    namespace: &Namespace,
    layout: Layout,
) -> Result<(), BatchError> {
    if receipt.namespace() != namespace {
        return Err(BatchError::Posted {
            field: "namespace",
            found: receipt.namespace().to_string(),
            expected: namespace.to_string(),
        });
    }
    if receipt.layout() != layout {
        return Err(BatchError::Posted {
            field: "layout",
            found: receipt.layout().to_string(),
            expected: layout.to_string(),
        });
    }
    Ok(())
}

pub(super) fn is_problem(error: &TransportError, kind: ProblemKind) -> bool {
    error
        .problem()
        .is_some_and(|problem| problem.problem_kind() == kind)
}

/// Runs verification on the blocking pool, off the runtime's workers.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // A blocking task that has begun is never cancelled. One that has not begun is dropped
            // only with its runtime, which drops this future too.
            Err(_) => std::future::pending().await,
        },
    }
}
