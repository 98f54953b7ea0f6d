//! Records of authorization decisions.

mod decision;
mod entry;
mod sink;

pub use decision::{DecisionRecord, OperationKind, Outcome};
pub use entry::{LossReason, LostRecords, Record, RefusalCount};
pub use sink::DecisionSink;
