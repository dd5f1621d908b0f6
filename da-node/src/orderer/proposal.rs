//! The block this node proposes, kept in a file from before it is signed until its height is
//! decided.
//!
//! A proposer that has signed one header of a height must propose that header again after a crash:
//! its vote lock refuses any other. The file holds the borsh encoding of one `Block`; it is
//! replaced as a whole (written beside, synced, renamed, folder synced).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use weft_chain::Block;

use super::error::ProposalFileError;

/// The file that holds this node's current proposal.
#[derive(Debug)]
pub(super) struct ProposalFile {
    path: PathBuf,
}

impl ProposalFile {
    /// The proposal file of the node whose data is in `folder`.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("proposal.borsh"),
        }
    }

    /// The kept proposal, if there is one.
    ///
    /// # Errors
    /// [`ProposalFileError`] (local), also when the file does not decode: it is replaced as a
    /// whole, so it is damaged and not half written.
    pub(super) fn load(&self) -> Result<Option<Block>, ProposalFileError> {
        match fs::read(&self.path) {
            Ok(bytes) => borsh::from_slice(&bytes)
                .map(Some)
                .map_err(|source| self.failed(source)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Keeps `block` in place of what was there; durable when this returns.
    ///
    /// # Errors
    /// [`ProposalFileError`] (local).
    pub(super) fn keep(&self, block: &Block) -> Result<(), ProposalFileError> {
        self.replace(block).map_err(|source| self.failed(source))
    }

    fn replace(&self, block: &Block) -> io::Result<()> {
        let beside = self.path.with_extension("borsh.new");
        let mut file = File::create(&beside)?;
        file.write_all(&borsh::to_vec(block)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        match self.path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn failed(&self, source: io::Error) -> ProposalFileError {
        ProposalFileError {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::voting_fixture::VotingChain;

    #[test]
    fn the_last_proposal_kept_is_what_is_there_after_a_restart() {
        let chain = VotingChain::new(1);
        let folder = tempfile::tempdir().unwrap();
        let file = || ProposalFile::in_folder(folder.path());
        assert_eq!(file().load().unwrap(), None);
        for time in [2_000, 3_000] {
            let blobs = vec![chain.certified(1, 1, 2)];
            let block = chain.block_on(&chain.head(), time, blobs);
            file().keep(&block).unwrap();
            assert_eq!(file().load().unwrap(), Some(block));
        }
    }

    #[test]
    fn a_crash_while_writing_leaves_the_kept_proposal() {
        let chain = VotingChain::new(1);
        let folder = tempfile::tempdir().unwrap();
        let file = ProposalFile::in_folder(folder.path());
        let block = chain.block_on(&chain.head(), 2_000, Vec::new());
        file.keep(&block).unwrap();
        fs::write(folder.path().join("proposal.borsh.new"), b"half").unwrap();
        assert_eq!(file.load().unwrap(), Some(block));
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = ProposalFile::in_folder(folder.path());
        fs::write(folder.path().join("proposal.borsh"), b"damaged").unwrap();
        let error = file.load().unwrap_err();
        assert!(error.to_string().contains("proposal.borsh"), "{error}");
    }
}
