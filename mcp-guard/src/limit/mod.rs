//! Limits for the number of requests: of one client address before authentication, and of one caller after it.
//!
//! The rates are those of the generic cell rate algorithm: a caller that was idle may send all requests of a window at
//! once, and then one each time that a part of the window has passed. All state is in memory, and bounded.

mod address_limits;
mod caller_limits;
mod client_address;
mod concurrency;
mod exceeded;
mod keyed_rate;
mod layer;
mod rate;
mod settings;
mod states;

pub(crate) use address_limits::AddressLimits;
pub(crate) use caller_limits::{CallerLimits, OperationLimit, OperationLimits, Permit, Sender};
pub(crate) use client_address::{ClientAddress, ConnectionClient};
pub(crate) use exceeded::{Exceeded, RATELIMIT, RATELIMIT_POLICY};
pub(crate) use layer::AddressLimitLayer;
pub use rate::Rate;
pub use settings::RateLimits;
