//! Bad links between nodes: UDP paths that delay every datagram and lose some.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Longest UDP datagram.
const DATAGRAM_BYTES: usize = 65_535;
/// Datagrams under way in one direction; more are lost, as on a real link whose queue is full.
const QUEUE: usize = 4_096;

/// What a link does to each datagram, in each direction.
#[derive(Clone, Copy)]
pub(crate) struct LinkQuality {
    pub(crate) delay: Duration,
    /// Datagrams lost in a thousand.
    pub(crate) lost_per_mille: u32,
}

/// What has gone through a set of links.
#[derive(Default)]
pub(crate) struct LinkCounts {
    passed: AtomicU64,
    lost: AtomicU64,
}

impl LinkCounts {
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// A UDP path to one address: callers send to [`BadLink::address`] and are answered from there.
pub(crate) struct BadLink {
    pub(crate) address: SocketAddr,
    // The tasks end with the link.
    _tasks: JoinSet<()>,
}

impl BadLink {
    /// Opens a path to `target`.
    pub(crate) async fn open(
        target: SocketAddr,
        quality: LinkQuality,
        seed: u64,
        counts: &Arc<LinkCounts>,
    ) -> Self {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
        let address = socket.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(relay(socket, target, quality, seed, Arc::clone(counts)));
        Self {
            address,
            _tasks: tasks,
        }
    }
}

/// One direction of a path between two sockets.
struct Lane {
    queue: mpsc::Sender<(Instant, Vec<u8>)>,
    quality: LinkQuality,
    random: ChaCha20Rng,
    counts: Arc<LinkCounts>,
}

impl Lane {
    /// A lane whose datagrams leave through `socket` to `to`.
    fn new(
        tasks: &mut JoinSet<()>,
        socket: Arc<UdpSocket>,
        to: SocketAddr,
        quality: LinkQuality,
        seed: u64,
        counts: Arc<LinkCounts>,
    ) -> Self {
        let (queue, mut waiting) = mpsc::channel::<(Instant, Vec<u8>)>(QUEUE);
        tasks.spawn(async move {
            while let Some((due, datagram)) = waiting.recv().await {
                sleep_until(due).await;
                // The other side may be down just now: then this datagram is lost too.
                let _ = socket.send_to(&datagram, to).await;
            }
        });
        Self {
            queue,
            quality,
            random: ChaCha20Rng::seed_from_u64(seed),
            counts,
        }
    }

    fn carry(&mut self, datagram: &[u8]) {
        let due = Instant::now() + self.quality.delay;
        let lost = self.random.random_ratio(self.quality.lost_per_mille, 1_000)
            || self.queue.try_send((due, datagram.to_vec())).is_err();
        let count = if lost {
            &self.counts.lost
        } else {
            &self.counts.passed
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Forwards between callers and `target`; each caller gets a socket of its own towards the target.
async fn relay(
    socket: Arc<UdpSocket>,
    target: SocketAddr,
    quality: LinkQuality,
    seed: u64,
    counts: Arc<LinkCounts>,
) {
    let mut tasks = JoinSet::new();
    let mut callers: HashMap<SocketAddr, Lane> = HashMap::new();
    let mut buffer = vec![0; DATAGRAM_BYTES];
    loop {
        let Ok((length, caller)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        if !callers.contains_key(&caller) {
            let seed = seed.wrapping_add(2 * callers.len() as u64);
            let upstream = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
            let there = Lane::new(
                &mut tasks,
                Arc::clone(&upstream),
                target,
                quality,
                seed,
                Arc::clone(&counts),
            );
            let mut back = Lane::new(
                &mut tasks,
                Arc::clone(&socket),
                caller,
                quality,
                seed + 1,
                Arc::clone(&counts),
            );
            tasks.spawn(async move {
                let mut buffer = vec![0; DATAGRAM_BYTES];
                loop {
                    if let Ok((length, _)) = upstream.recv_from(&mut buffer).await {
                        back.carry(&buffer[..length]);
                    }
                }
            });
            callers.insert(caller, there);
        }
        if let Some(lane) = callers.get_mut(&caller) {
            lane.carry(&buffer[..length]);
        }
    }
}
