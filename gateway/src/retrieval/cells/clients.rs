//! Cells that light clients sampled, used when the custodians serve a gateway too few.
//!
//! Custodians see who asks. They may serve every light client all its samples, so that each client
//! finds the block available, and refuse a reader that needs the whole block. The gateway then asks
//! the clients for the cells that they were served.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use rand::seq::SliceRandom;
use tokio::time::{Instant, timeout_at};
use weft_encoding::{CELL_BYTES, COLUMNS, Fault, Row, UnverifiedCell};
use weft_network::limits::MAX_SAMPLES;
use weft_network::{Offence, PeerId};

use super::super::super::ReadError;
use super::Repair;

/// Clients asked at a time: at most 8.2 MiB of replies.
const AT_ONCE: usize = 16;

/// Clients asked in one read. A matrix of 256 rows needs some 1,300 clients of 70 samples each.
const MAX_CLIENTS: usize = 2_048;

/// The most cells that a read takes from clients: several times the matrix, because clients choose
/// their samples independently, plus some whole replies for small matrices.
const fn most_cells(rows: usize) -> usize {
    4 * 2 * rows * COLUMNS + AT_ONCE * MAX_SAMPLES
}

impl Repair<'_> {
    /// Asks connected peers that are not validators for the cells that they sampled of the block,
    /// in random order, until the matrix repairs. `None` if no peer is left to ask, or the limit of
    /// time, clients or cells is reached.
    ///
    /// Cost: one batch verification per reply, of the cells that are not known yet.
    pub(super) async fn ask_clients(&mut self) -> Result<Option<Vec<Row>>, ReadError> {
        let shared = self.shared;
        let height = self.location.height;
        let give_up = Instant::now() + shared.config.clients_patience;
        let mut peers = shared.custodians.others();
        peers.shuffle(&mut rand::rng());
        peers.truncate(MAX_CLIENTS);
        let mut left = most_cells(self.matrix.rows());
        let mut out = FuturesUnordered::new();
        loop {
            while out.len() < AT_ONCE
                && left > 0
                && let Some(peer) = peers.pop()
            {
                let asking = shared.custodians.sampled_cells(peer, height);
                out.push(async move { (peer, asking.await) });
            }
            let Ok(Some((peer, reply))) = timeout_at(give_up, out.next()).await else {
                return Ok(None);
            };
            match reply {
                Ok(cells) => {
                    left = left.saturating_sub(cells.len());
                    if self.take_sampled(peer, cells).await?
                        && let Some(rows) = self.try_repair().await?
                    {
                        return Ok(Some(rows));
                    }
                }
                Err(error) => tracing::debug!(%height, %peer, %error, "no sampled cells"),
            }
        }
    }

    /// Adds a client's cells, all or none, and returns whether any were new. A cell that does not
    /// verify is an offence.
    async fn take_sampled(
        &mut self,
        of: PeerId,
        mut cells: Vec<UnverifiedCell>,
    ) -> Result<bool, ReadError> {
        self.bytes += (cells.len() * CELL_BYTES) as u64;
        let known = self.known()?;
        cells.retain(|cell| !known.knows(cell.coord));
        let brought = !cells.is_empty();
        let matrix = self.matrix.clone();
        let verified = self.shared.workers.run(move || matrix.verify_cells(cells));
        match verified.await? {
            Ok(cells) => {
                for cell in cells {
                    self.known()?.insert(cell)?;
                }
                Ok(brought)
            }
            Err(error) => {
                if error.fault() == Fault::Peer {
                    let height = self.location.height;
                    tracing::warn!(%height, peer = %of, %error, "sampled cells do not verify");
                    self.shared
                        .custodians
                        .report_peer(of, Offence::InvalidProof);
                }
                Ok(false)
            }
        }
    }
}
