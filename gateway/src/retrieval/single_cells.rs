//! Single cells, from this node's columns or from the column's custodians.

use async_trait::async_trait;
use weft_chain::Height;
use weft_encoding::{
    Cell, CellCoord, CellProof, Fault, MatrixCommitments, UnverifiedCell, VerifyError,
};
use weft_network::{
    GetSamples, NetworkHandle, Offence, PeerId, Refusal, RequestError, SampleReply,
};
use weft_sampling::{AssignmentError, MAX_HOLDING_SETS, holding_sets};

use weft_custody::{Assignments, Custodian, CustodyError};
use weft_custody::{JobLost, Workers};
use weft_ledger::Ledger;
use weft_ledger::store::StoreError;
use weft_network::Directory;

/// Single cells of a block's extended matrix.
#[async_trait]
pub trait CellSource: Send + Sync + 'static {
    /// One cell with its proof. The caller checks the height and the coordinates.
    async fn cell(&self, height: Height, coord: CellCoord) -> Result<(Cell, CellProof), CellError>;
}

/// Why a cell is not available.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The custodian that was asked last refused. Fault: the refusal's.
    #[error("the cell was refused: {0}")]
    Refused(Refusal),
    /// The custodian of this node failed. Fault: the error's.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The request to the custodian that was asked last failed. Fault: the request error's.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The cell from the custodian that was asked last does not verify. Fault: peer.
    #[error("a custodian's cell does not verify: {0}")]
    Verify(#[from] VerifyError),
    /// The block's commitments are not valid points. Fault: peer, the disperser of one of its blobs.
    #[error("the block's commitments are malformed: {0}")]
    Commitments(#[source] VerifyError),
    /// No columns can be assigned to the validator set. Fault: local.
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// The store failed. Fault: local.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A computation was lost. Fault: local.
    #[error(transparent)]
    JobLost(#[from] JobLost),
}

impl CellError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Custody(error) => error.fault(),
            Self::Request(error) => error.fault(),
            Self::Verify(error) | Self::Commitments(error) => error.fault(),
            Self::Assignment(_) | Self::Store(_) | Self::JobLost(_) => Fault::Local,
        }
    }
}

#[async_trait]
impl CellSource for Custodian {
    async fn cell(&self, height: Height, coord: CellCoord) -> Result<(Cell, CellProof), CellError> {
        let request = GetSamples {
            height,
            coords: vec![coord],
        };
        one(self.samples(request).await?).map_err(CellError::Refused)
    }
}

/// The only reply to a request for one cell.
fn one(mut replies: Vec<SampleReply>) -> Result<(Cell, CellProof), Refusal> {
    match replies.pop() {
        Some(SampleReply::Cell { cell, proof }) => Ok((cell, proof)),
        Some(SampleReply::Refused(refusal)) => Err(refusal),
        None => Err(Refusal::NotHeld),
    }
}

/// Cells for a node that may not hold them: from its own columns first, then from each custodian of
/// the column in turn. A fetched cell is verified before it is returned.
#[derive(Debug)]
pub struct NodeCells {
    own: Custodian,
    network: NetworkHandle,
    directory: Directory,
    ledger: Ledger,
    assignments: Assignments,
    workers: Workers,
}

impl NodeCells {
    /// Cells of the chain of `ledger`. Pass the assignments and workers that the node's other
    /// services share, so that each assignment is computed once and one bound limits all threads.
    #[must_use]
    pub fn new(
        own: Custodian,
        network: NetworkHandle,
        directory: Directory,
        ledger: Ledger,
        assignments: Assignments,
        workers: Workers,
    ) -> Self {
        Self {
            own,
            network,
            directory,
            ledger,
            assignments,
            workers,
        }
    }

    /// The peers that may hold a column of a block, those of the current validator set first,
    /// without this node.
    async fn holders(&self, height: Height, coord: CellCoord) -> Result<Vec<PeerId>, CellError> {
        let next = self.ledger.head().next_height();
        let history = self.ledger.validator_sets().history();
        let assignments = self.assignments.clone();
        let holders = self.workers.run(move || {
            let sets = holding_sets(&history, next, Some(height), None);
            assignments.holders(sets.take(MAX_HOLDING_SETS))
        });
        let holders = holders.await??;
        let own = self.network.local_peer_id();
        let keys = holders.of(coord.column).iter().map(|of| holders.key(*of));
        let peers = keys.filter_map(|key| Some(self.directory.by_key(&key)?.peer));
        Ok(peers.filter(|peer| *peer != own).collect())
    }

    /// Asks one peer and verifies its reply.
    async fn ask(
        &self,
        peer: PeerId,
        height: Height,
        coord: CellCoord,
    ) -> Result<(Cell, CellProof), CellError> {
        let request = GetSamples {
            height,
            coords: vec![coord],
        };
        let (cell, proof) =
            one(self.network.request(peer, request).await?).map_err(CellError::Refused)?;
        let store = self.ledger.store().clone();
        let verified = self.workers.run(move || {
            let body = store
                .body(height)?
                .ok_or(CellError::Refused(Refusal::Unknown))?;
            let unverified = UnverifiedCell {
                coord,
                cell: cell.clone(),
                proof,
            };
            MatrixCommitments::new(&body.commitments())
                .map_err(CellError::Commitments)?
                .verify_cells(vec![unverified])?;
            Ok((cell, proof))
        });
        let verified = verified.await?;
        if let Err(CellError::Verify(_)) = &verified {
            self.network.report(peer, Offence::InvalidProof);
        }
        verified
    }
}

#[async_trait]
impl CellSource for NodeCells {
    async fn cell(&self, height: Height, coord: CellCoord) -> Result<(Cell, CellProof), CellError> {
        let mut last = match self.own.cell(height, coord).await {
            Err(CellError::Refused(refusal @ (Refusal::NotHeld | Refusal::NotYet))) => {
                CellError::Refused(refusal)
            }
            outcome => return outcome,
        };
        for peer in self.holders(height, coord).await? {
            match self.ask(peer, height, coord).await {
                Ok(cell) => return Ok(cell),
                Err(error) if error.fault() == Fault::Local => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
