//! The open log.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::regular::{self, named};

/// The open log, to which whole records are appended.
pub(super) struct LogFile {
    file: File,
    path: PathBuf,
    /// The length up to the end of the last complete record.
    length: u64,
    /// A write failed, and the part that it wrote is still in the file.
    has_partial_write: bool,
}

impl LogFile {
    /// Opens or creates the log.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = regular::open_or_create(path, OpenOptions::new().read(true).append(true))?;
        let length = file.metadata().map_err(named(path, "cannot read its length"))?.len();
        Ok(Self { file, path: path.to_owned(), length, has_partial_write: false })
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Appends these bytes, or nothing.
    ///
    /// # Errors
    ///
    /// The bytes cannot be written, for example because the disk is full. The file has no part of them, or loses it
    /// before the next bytes are appended.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.remove_partial_write()?;
        let Err(error) = self.file.write_all(bytes) else {
            self.length += bytes.len() as u64;
            return Ok(());
        };
        self.has_partial_write = true;
        if let Err(error) = self.remove_partial_write() {
            tracing::error!(path = %self.path.display(), %error, "cannot remove an incomplete record: trying again");
        }
        Err(named(&self.path, "cannot write records")(error))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data().map_err(named(&self.path, "cannot make records durable"))
    }

    /// Removes the part of the records that a failed write wrote.
    pub(super) fn remove_partial_write(&mut self) -> io::Result<()> {
        if self.has_partial_write {
            // Never extends a file that another process truncated meanwhile.
            let length = self.length.min(self.current_length()?);
            self.file.set_len(length).map_err(named(&self.path, "cannot remove an incomplete record"))?;
            self.has_partial_write = false;
        }
        Ok(())
    }

    /// Reports whether another process changed the file since the last write.
    pub(super) fn was_changed(&self) -> io::Result<bool> {
        Ok(self.current_length()? != self.length)
    }

    /// Accepts the changes of another process.
    pub(super) fn accept_changes(&mut self) -> io::Result<()> {
        self.length = self.current_length()?;
        Ok(())
    }

    /// Reports whether the log was moved: its path is another file, or none.
    pub(super) fn was_moved(&self) -> io::Result<bool> {
        match regular::is_at(&self.file, &self.path) {
            Ok(is_there) => Ok(!is_there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(named(&self.path, "cannot read its metadata")(error)),
        }
    }

    fn current_length(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(named(&self.path, "cannot read its length"))
    }
}

opaque_debug!(LogFile);
