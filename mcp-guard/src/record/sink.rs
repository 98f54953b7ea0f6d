//! The receivers of records.

use std::io;
use std::sync::Arc;

use super::Record;

/// A receiver of records.
///
/// Each sink has a thread of its own, and a bounded queue between requests and this thread. A sink may block.
pub trait DecisionSink: Send + 'static {
    /// Writes records, in their order.
    ///
    /// # Errors
    ///
    /// The server offers the same records again after a pause. After a panic it counts them as lost.
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()>;

    /// Makes the written records durable. The server calls it at most once per second while records arrive, and before
    /// it exits. Default: does nothing.
    ///
    /// # Errors
    ///
    /// The server calls it again after a pause.
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Opens files again that were moved. The server calls it on SIGHUP. Default: does nothing.
    ///
    /// # Errors
    ///
    /// The server calls it again after a pause.
    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}
