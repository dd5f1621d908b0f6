//! Dispersal: bounds, verification, storage, and only then the signature.

use weft_chain::{Height, SecretKey, Signature, ValidatorSet, availability_message};
use weft_encoding::{Digest, UnverifiedColumn};
use weft_network::DisperseRequest;
use weft_sampling::ColumnSet;

use super::CustodyError;
use super::service::Custody;

/// This node's role in the validator set that a dispersal names.
struct Role<'a> {
    key: &'a SecretKey,
    columns: ColumnSet,
}

impl Custody {
    pub(super) fn disperse(&self, request: DisperseRequest) -> Result<Signature, CustodyError> {
        let DisperseRequest {
            header,
            validator_set_root,
            expiry,
            columns,
        } = request;

        // Validation: cheap checks before expensive ones.
        header.validate()?;
        let limit = usize::from(self.max_block_rows);
        if header.rows() > limit {
            return Err(CustodyError::TooManyRows {
                rows: header.rows(),
                limit,
            });
        }
        let head = self.head()?;
        self.retention
            .check_expiry(expiry, head.saturating_add(1))
            .map_err(CustodyError::Expiry)?;
        let role = self.role(&validator_set_root, head)?;
        check_columns(role.columns, &columns)?;

        // Verification, except of stored columns: they were verified for this blob, whose id binds
        // every cell.
        let blob = header.id();
        let held = self.store.held_columns(&blob)?;
        let new: Vec<UnverifiedColumn> = columns
            .into_iter()
            .filter(|column| !held.contains(column.column.index))
            .collect();
        let count = new.len();
        let verified = if new.is_empty() {
            Vec::new()
        } else {
            header.verifier()?.verify_batch(new)?
        };

        // Storage, then the signature.
        self.store.put_columns(&header, expiry, verified)?;
        self.metrics.stored_columns.inc_by(count as u64);
        self.metrics
            .stored_cells
            .inc_by((count * header.rows()) as u64);
        let message = availability_message(&self.chain_id, &blob, &validator_set_root, expiry);
        Ok(role.key.sign(&message))
    }

    /// The role under the set with this root.
    fn role(&self, root: &Digest, head: Height) -> Result<Role<'_>, CustodyError> {
        let key = self.key.as_ref().ok_or(CustodyError::NotCustodian)?;
        let set = self
            .custodying(root, head)
            .ok_or(CustodyError::UnknownSet { root: *root })?;
        let index = set
            .index_of(&key.public_key())
            .ok_or(CustodyError::NotCustodian)?;
        let columns = self.assignments.of(&set)?.columns_of(index);
        Ok(Role { key, columns })
    }

    /// The set with this root, if a gateway may disperse by it now: the current set; the previous
    /// set, whose certificates a block may still order; or the coming set, which is the current one
    /// for a gateway that is a block ahead.
    fn custodying(&self, root: &Digest, head: Height) -> Option<ValidatorSet> {
        let next = head.saturating_add(1);
        let coming = || self.sets.coming(next).map(|(_, set)| set);
        self.sets
            .certifying(root, next)
            .or_else(|| coming().filter(|set| set.root() == *root))
    }
}

/// Checks that `columns` are exactly the assigned ones, each once.
fn check_columns(assigned: ColumnSet, columns: &[UnverifiedColumn]) -> Result<(), CustodyError> {
    let mut sent = ColumnSet::EMPTY;
    for column in columns {
        if !sent.insert(column.column.index) {
            return Err(CustodyError::DuplicateColumn {
                column: column.column.index,
            });
        }
    }
    if sent == assigned {
        return Ok(());
    }
    Err(CustodyError::WrongColumns {
        assigned: assigned.len(),
        missing: assigned.difference(sent).len(),
        foreign: sent.difference(assigned).len(),
    })
}
