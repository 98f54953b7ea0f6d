//! Requirements of operations, and the authorization decision.

mod decision;
mod denial;
mod enforcement;
mod refusal;
mod requirement;
mod visibility;

pub use decision::{Decision, Policy};
pub use denial::{Client, Denial};
pub use enforcement::Enforcement;
pub use requirement::{AnyOf, Requirement};
pub use visibility::Visibility;

pub(crate) use decision::{Required, within_message};
pub(crate) use denial::Denials;
pub(crate) use refusal::Refusal;

pub use crate::rule::Rule;
pub use crate::scope::{Hierarchy, Vocabulary};
