//! A subscription to headers by server-sent events, resumed from the next height when it breaks off.
//!
//! A stream that brings bytes and no block is closed at the deadline for the next block. A stream that
//! stays behind the clock ends with [`StaleHead`](crate::StaleHead). Retries are bounded, and a block
//! restores them.

use std::time::{Duration, Instant};

use backon::BackoffBuilder;
use reqwest::Response;
use weft_chain::{Height, VerifiedHeader};
use weft_encoding::Fault;
use weft_gateway_api::{BlockEventDto, EventDto};

use super::{
    clock::{trust_now, unix_ms},
    freshness::Freshness,
    learn::learn_in_force,
    sse::SseDecoder,
    transport::{Transport, broken},
};
use crate::{
    availability::{SubscribeError, TransportError},
    verify::{Trust, verify_child, verify_header},
};

const PATH: &str = "events";

/// A subscription to every header from a height on.
#[derive(Debug)]
pub(super) struct Subscription {
    transport: Transport,
    trust: Trust,
    next: Height,
    previous: Option<VerifiedHeader>,
    events: Option<Events>,
    pauses: backon::ExponentialBackoff,
    freshness: Option<Freshness>,
    ended: bool,
}

/// An open event stream.
#[derive(Debug)]
struct Events {
    response: Response,
    decoder: SseDecoder,
}

impl Subscription {
    /// Opens the subscription at `from`, or at the first block if `from` is the genesis.
    pub(super) async fn start(
        transport: Transport,
        trust: Trust,
        from: Height,
    ) -> Result<Self, SubscribeError> {
        let next = from.max(Height::FIRST);
        let mut subscription = Self {
            pauses: transport.pauses().build(),
            freshness: transport.config().max_head_age.map(Freshness::new),
            transport,
            trust,
            next,
            previous: None,
            events: None,
            ended: false,
        };
        subscription.reopen().await?;
        Ok(subscription)
    }

    /// The next header, verified and linked to its parent; `None` after an error.
    pub(super) async fn next(&mut self) -> Option<Result<VerifiedHeader, SubscribeError>> {
        if self.ended {
            return None;
        }
        let result = self.advance().await;
        self.ended = result.is_err();
        Some(result)
    }

    async fn advance(&mut self) -> Result<VerifiedHeader, SubscribeError> {
        let asked = Instant::now();
        let event = loop {
            match self.event_in_time().await {
                Ok(event) => break event,
                Err(error) => {
                    self.events = None;
                    self.pause_after(error).await?;
                    self.reopen().await?;
                }
            }
        };
        let waited = asked.elapsed();
        let header = self.verify(event).await?;
        if let Some(freshness) = &mut self.freshness {
            freshness.judge(header.height, header.time, waited, unix_ms())?;
        }
        self.pauses = self.transport.pauses().build();
        // After the last height there is none, and no gateway can have a block there.
        self.next = self.next.next().unwrap_or(self.next);
        self.previous = Some(header.clone());
        Ok(header)
    }

    /// Opens the stream at the next height, within the retries that are left.
    async fn reopen(&mut self) -> Result<(), SubscribeError> {
        loop {
            match self.transport.open_events(PATH, self.next.get()).await {
                Ok(response) => {
                    let limit = self.transport.config().max_event_bytes;
                    let decoder = SseDecoder::new(limit);
                    self.events = Some(Events { response, decoder });
                    return Ok(());
                }
                Err(error) => self.pause_after(error).await?,
            }
        }
    }

    /// Pauses before a retry. A failure that a retry cannot mend is returned, and so is the failure
    /// that uses up the retries. Only a block restores them.
    async fn pause_after(&mut self, error: TransportError) -> Result<(), SubscribeError> {
        let pause = match error.fault() {
            Fault::Retry => self.pauses.next(),
            _ => None,
        };
        let Some(pause) = pause else {
            return Err(error.into());
        };
        let asked = error.retry_after().unwrap_or_default();
        let pause = pause.max(asked).min(self.transport.config().longest_pause);
        tracing::debug!(%error, ?pause, height = %self.next, "subscribing again");
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// The next block's event, within its deadline. Comments, other events and parts of events do not
    /// extend the deadline.
    async fn event_in_time(&mut self) -> Result<BlockEventDto, TransportError> {
        let (limit, height) = (self.transport.config().block_deadline, self.next);
        tokio::time::timeout(limit, self.event())
            .await
            .unwrap_or_else(|_| {
                Err(TransportError::NoBlock {
                    path: PATH.into(),
                    height,
                    limit_ms: limit.as_millis(),
                })
            })
    }

    async fn event(&mut self) -> Result<BlockEventDto, TransportError> {
        let idle = self.transport.config().idle_deadline;
        let limit = self.transport.config().max_event_bytes;
        let Some(events) = &mut self.events else {
            return Err(silent(idle));
        };
        loop {
            while let Some(data) = events.decoder.next_event() {
                let event =
                    serde_json::from_slice(&data).map_err(|source| TransportError::Malformed {
                        path: PATH.into(),
                        source,
                    })?;
                match event {
                    EventDto::Block(block) => return Ok(*block),
                    EventDto::Other => {}
                }
            }
            // A gateway that always has bytes ready must not keep the deadline from being polled.
            tokio::task::consume_budget().await;
            let part = tokio::time::timeout(idle, events.response.chunk())
                .await
                .map_err(|_| silent(idle))?
                .map_err(|error| broken(PATH, error))?
                // A gateway that shuts down ends the stream cleanly: treated as a silent one.
                .ok_or_else(|| silent(idle))?;
            events
                .decoder
                .push(&part)
                .map_err(|_| TransportError::TooLarge {
                    path: PATH.into(),
                    limit,
                })?;
        }
    }

    async fn verify(&self, event: BlockEventDto) -> Result<VerifiedHeader, SubscribeError> {
        let header = &event.block.encoded.0;
        let set = (header.validator_set_root, header.height);
        learn_in_force(&self.transport, &self.trust, vec![set]).await?;
        let trust = trust_now(&self.trust, self.transport.config());
        let (previous, next) = (self.previous.clone(), self.next);
        super::http_client::blocking(move || {
            let header = verify_header(&trust, event.block)?;
            verify_child(&trust, previous.as_ref(), &header, next)?;
            Ok(header)
        })
        .await
    }
}

fn silent(idle: Duration) -> TransportError {
    TransportError::Deadline {
        path: PATH.into(),
        limit_ms: idle.as_millis(),
    }
}
