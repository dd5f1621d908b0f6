//! The loop that accepts connections, and its shutdown.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use prometheus::IntGauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::connections::StallGuard;
use super::{ApiContext, openapi};

/// Pause after a connection could not be accepted, for example without free file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the HTTP interface on `listener` until `shutdown`.
///
/// At most [`ApiLimits::connections`](super::ApiLimits) connections are open; more wait in the
/// listener's backlog. On shutdown no more are accepted, event streams end, and requests in
/// progress have [`ApiLimits::stop_deadline`](super::ApiLimits) to be answered.
#[must_use = "the server stops by its token, and the handle tells when it has"]
pub fn serve(
    context: ApiContext,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(run(context, listener, shutdown))
}

async fn run(context: ApiContext, listener: TcpListener, shutdown: CancellationToken) {
    let router = openapi::router(context.clone());
    let places = Arc::new(Semaphore::new(context.limits().connections.get()));
    let open = GracefulShutdown::new();
    loop {
        let taken = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = shutdown.cancelled() => break,
            taken = taken => taken,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a connection could not be accepted"
                );
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = connect(&context, router.clone(), stream);
        let connection = open.watch(connection);
        let counted = Counted::new(&context.metrics().connections);
        tokio::spawn(async move {
            let _held = (place, counted);
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "connection ended");
            }
        });
    }
    drop(listener);
    context.shutdown().cancel();
    let limit = context.limits().stop_deadline;
    if tokio::time::timeout(limit, open.shutdown()).await.is_err() {
        tracing::warn!(?limit, "requests still in progress were aborted");
    }
}

type Connection = http1::Connection<TokioIo<StallGuard>, TowerToHyperService<Router>>;

/// One connection's protocol: HTTP/1.1, with a deadline for each head and for idle time.
fn connect(context: &ApiContext, router: Router, stream: TcpStream) -> Connection {
    let limits = context.limits();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "TCP_NODELAY not set"
        );
    }
    let io = TokioIo::new(StallGuard::new(stream, limits.stall_deadline));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_deadline)
        .serve_connection(io, TowerToHyperService::new(router))
}

/// Counts a connection in the gauge until it is dropped.
struct Counted(IntGauge);

impl Counted {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
