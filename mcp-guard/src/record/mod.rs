//! Records of authorization decisions.
//!
//! Each request to a guarded endpoint results in one [`DecisionRecord`], on all protocol revisions and on stdio. Refused
//! requests without a valid token are counted instead ([`RefusalCount`]), because anyone can send them.
//!
//! [`Decisions`] configures the [sinks](DecisionSink) that receive the records.

pub mod audit;
mod decision;
mod digest;
mod draft;
mod entry;
mod file;
mod handle;
mod layer;
mod queue;
mod recorder;
mod refusals;
mod report;
mod settings;
mod sink;
#[cfg(test)]
mod testing;
mod tracing_sink;
mod worker;

pub use decision::{DecisionRecord, OperationKind, Outcome};
pub use entry::{LossReason, LostRecords, Record, RefusalCount};
pub use file::{AuditKey, JsonLines};
pub use handle::DecisionsHandle;
pub use layer::RecordService;
pub use report::ReportedCalls;
pub use settings::{Decisions, SubjectForm, WhenFull};
pub use sink::DecisionSink;
pub use tracing_sink::TracingSink;

pub(crate) use decision::format_time;
pub(crate) use draft::Draft;
pub(crate) use layer::{RecordLayer, RefusedBy};
pub(crate) use recorder::{Recorder, StartError};
