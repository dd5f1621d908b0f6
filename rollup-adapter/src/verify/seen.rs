//! The headers that were verified: what later ones are held against.

use std::collections::{BTreeMap, VecDeque};

use weft_chain::{Height, Parent, VerifiedHeader};

use super::{HeaderError, header::verify_same};

/// How many verified headers are held against later ones: the newest to be verified. Each takes
/// less than a kilobyte.
pub const MAX_SEEN_HEADERS: usize = 4096;

/// Verified headers by height, as many as [`MAX_SEEN_HEADERS`].
#[derive(Debug, Default)]
pub(super) struct SeenHeaders {
    by_height: BTreeMap<Height, VerifiedHeader>,
    /// Heights in the order in which their headers came.
    order: VecDeque<Height>,
}

impl SeenHeaders {
    /// Takes in a header that is final, if it contradicts none that is here.
    ///
    /// `genesis` is what the first block follows.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Conflicting`] and [`HeaderError::NotLinked`]. Fault: peer.
    pub(super) fn admit(
        &mut self,
        genesis: &Parent,
        header: &VerifiedHeader,
    ) -> Result<(), HeaderError> {
        let height = header.height;
        if let Some(first) = self.by_height.get(&height) {
            return verify_same(first, header);
        }
        let parent = match height.previous() {
            Some(Height::GENESIS) => Some(genesis.clone()),
            Some(before) => self.by_height.get(&before).map(|parent| parent.as_parent()),
            None => None,
        };
        if let Some(parent) = parent {
            header
                .verify_follows(&parent)
                .map_err(|source| HeaderError::NotLinked { height, source })?;
        }
        let child = height.next().and_then(|next| self.by_height.get(&next));
        if let Some(child) = child {
            let height = child.height;
            child
                .verify_follows(&header.as_parent())
                .map_err(|source| HeaderError::NotLinked { height, source })?;
        }
        if self.order.len() >= MAX_SEEN_HEADERS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_height.remove(&oldest);
        }
        self.order.push_back(height);
        self.by_height.insert(height, header.clone());
        Ok(())
    }

    pub(super) fn get(&self, height: Height) -> Option<&VerifiedHeader> {
        self.by_height.get(&height)
    }
}
