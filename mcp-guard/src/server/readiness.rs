//! The state of the parts that a server needs, for `/health/ready`.
//!
//! 1. The server is ready if it can validate the tokens of any issuer, and if no sink of decision records blocks it: a
//!    sink that does not work while half of its queue is full. With `WhenFull::Drop`, a sink never blocks the server.
//! 2. An issuer is ready if its last response was usable. Its keys remain usable for some time without it.
//! 3. The route is public. It contains the issuers, which are in the metadata of the server, and the kinds of failures.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::issuer::IssuerStatus;
use crate::record::{Recorder, format_time};
use crate::since::Since;
use crate::validate::SharedValidator;

/// The sources of the readiness of a server.
pub(super) struct Readiness {
    validator: SharedValidator,
    issuers: Vec<IssuerReadiness>,
    recorder: Option<Arc<Recorder>>,
}

/// The sources of the readiness of an issuer.
pub(super) struct IssuerReadiness {
    issuer: String,
    /// `None` if nothing is fetched before tokens are validated.
    status: Option<IssuerStatus>,
    validator: SharedValidator,
    /// The state that a request for the route has seen last. Only used if the issuer has no status of its own.
    seen: Mutex<Since>,
}

/// The body of `/health/ready`.
#[derive(Serialize)]
pub(super) struct Ready {
    pub(super) ready: bool,
    /// The age of the oldest keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_age_seconds: Option<u64>,
    /// Whether the last request to each issuer succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_reachable: Option<bool>,
    /// The issuers whose metadata or keys could not be fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<Unavailable>,
    parts: Parts,
}

#[derive(Serialize)]
struct Unavailable {
    issuer: String,
    reason: String,
}

/// The parts that the server needs.
#[derive(Serialize)]
struct Parts {
    issuers: Vec<Part>,
    /// The keys of each issuer that publishes them.
    keys: Vec<Part>,
    /// The sinks of decision records.
    sinks: Vec<Part>,
}

/// A part, and since when it is in its state.
#[derive(Serialize)]
struct Part {
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    ready: bool,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
}

impl Readiness {
    pub(super) const fn new(
        validator: SharedValidator,
        issuers: Vec<IssuerReadiness>,
        recorder: Option<Arc<Recorder>>,
    ) -> Self {
        Self { validator, issuers, recorder }
    }

    /// Returns the present state.
    pub(super) fn now(&self) -> Ready {
        let validation = self.validator.readiness();
        let is_blocked = self.recorder.as_ref().is_some_and(|recorder| recorder.is_blocked());
        Ready {
            ready: validation.ready && !is_blocked,
            keys_age_seconds: validation.keys_age.map(|age| age.as_secs()),
            issuer_reachable: validation.issuer_reachable,
            unavailable: self.issuers.iter().filter_map(IssuerReadiness::unavailable).collect(),
            parts: Parts {
                issuers: self.issuers.iter().map(IssuerReadiness::part).collect(),
                keys: self.issuers.iter().filter_map(IssuerReadiness::keys).collect(),
                sinks: self.recorder.iter().flat_map(|recorder| recorder.sinks()).map(Part::new).collect(),
            },
        }
    }
}

impl IssuerReadiness {
    pub(super) fn new(issuer: String, status: Option<IssuerStatus>, validator: SharedValidator) -> Self {
        let seen = Mutex::new(Since::now(is_reachable(&validator)));
        Self { issuer, status, validator, seen }
    }

    fn unavailable(&self) -> Option<Unavailable> {
        let status = self.status.as_ref()?;
        Some(Unavailable { issuer: status.issuer().to_owned(), reason: status.failure()?.to_string() })
    }

    fn part(&self) -> Part {
        let known = self.status.as_ref().and_then(IssuerStatus::reachable);
        let since = known.unwrap_or_else(|| {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.set(is_reachable(&self.validator));
            *seen
        });
        Part { issuer: Some(self.issuer.clone()), ..Part::new(since) }
    }

    fn keys(&self) -> Option<Part> {
        let (since, age) = self.status.as_ref()?.keys()?.usable();
        let age_seconds = age.map(|age| age.as_secs());
        Some(Part { issuer: Some(self.issuer.clone()), age_seconds, ..Part::new(since) })
    }
}

impl Part {
    fn new(since: Since) -> Self {
        Self { issuer: None, ready: since.is_ready, since: format_time(since.time), age_seconds: None }
    }
}

/// Returns whether the issuer responded to the last request. A validator that sends none is asked whether it is ready.
fn is_reachable(validator: &SharedValidator) -> bool {
    let readiness = validator.readiness();
    readiness.issuer_reachable.unwrap_or(readiness.ready)
}
