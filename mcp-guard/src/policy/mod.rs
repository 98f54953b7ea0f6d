//! Requirements of operations, and the authorization decision.

mod decision;
mod denial;
mod refusal;
mod requirement;
mod visibility;

pub use decision::Decision;
pub use decision::Policy;
pub use denial::Client;
pub use denial::Denial;
pub use requirement::AnyOf;
pub use requirement::Requirement;
pub use visibility::Visibility;

pub(crate) use denial::Denials;
pub(crate) use refusal::Refusal;

pub use crate::scope::{Hierarchy, Vocabulary};
