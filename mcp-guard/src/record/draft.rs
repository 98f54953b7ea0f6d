//! The record of a request in progress.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::recorder::{QueueFull, Recorder, Reservation};
use super::refusals::Network;
use super::{DecisionRecord, OperationKind, Outcome, SubjectForm};
use crate::metrics;
use crate::rule::Rule;
use crate::scope::ScopeSet;
use crate::token::ValidatedToken;
use crate::trace::TraceContext;

/// The maximum number of actors in a record.
const MAX_ACTORS: usize = 8;

/// The record of a request in progress. It is passed to the sinks when it is dropped: when the head of the response is
/// complete, or when the operation of a legacy session has ended.
///
/// Each layer adds what it knows. A refusal is final: nothing allows the request after it.
pub(crate) struct Draft {
    /// `None` if the decision is only counted.
    recorder: Option<Arc<Recorder>>,
    network: Network,
    began: Instant,
    open: Mutex<Open>,
}

struct Open {
    record: DecisionRecord,
    /// Whether the request has been decided. Over HTTP, a request without a decision is refused.
    is_decided: bool,
    /// Whether the operation is one of the server.
    is_known: bool,
    is_local: bool,
    /// A request of a browser that needs no decision: a CORS preflight.
    may_be_preflight: bool,
    has_token: bool,
    reservation: Option<Reservation>,
}

impl Draft {
    /// Begins a record. The headers are those of a trusted proxy if `from_proxy`.
    pub(crate) fn begin(
        recorder: Option<&Arc<Recorder>>,
        headers: &HeaderMap,
        client: Option<IpAddr>,
        from_proxy: bool,
    ) -> Arc<Self> {
        let Some(recorder) = recorder else { return Arc::new(Self::new(None, String::new(), Network::Unknown)) };
        let given = headers.get("x-request-id").filter(|_| from_proxy).and_then(|id| id.to_str().ok());
        let request_id = match given.filter(|id| !id.is_empty()) {
            Some(id) => recorder.key.bounded(id),
            None => format!("{:032x}", rand::random::<u128>()),
        };
        let mut draft = Self::new(Some(recorder), request_id, client.map_or(Network::Unknown, Network::of));
        let open = draft.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        open.record.trace_id = TraceContext::of_headers(headers).map(|context| context.trace_id.to_owned());
        Arc::new(draft)
    }

    /// Begins the record of a request on a transport without HTTP.
    pub(crate) fn local(recorder: Option<&Arc<Recorder>>) -> Arc<Self> {
        let request_id = recorder.map(|_| format!("{:032x}", rand::random::<u128>())).unwrap_or_default();
        let mut draft = Self::new(recorder, request_id, Network::Unknown);
        draft.open.get_mut().unwrap_or_else(PoisonError::into_inner).is_local = true;
        Arc::new(draft)
    }

    fn new(recorder: Option<&Arc<Recorder>>, request_id: String, network: Network) -> Self {
        let record = DecisionRecord {
            time: SystemTime::now(),
            request_id,
            trace_id: None,
            revision: None,
            kind: None,
            operation: None,
            arguments: None,
            required: ScopeSet::new(),
            granted: ScopeSet::new(),
            missing: ScopeSet::new(),
            late: ScopeSet::new(),
            outcome: Outcome::Allowed,
            rule: None,
            status: None,
            issuer: None,
            subject: None,
            client: None,
            actors: Vec::new(),
            session: None,
            duration: std::time::Duration::ZERO,
        };
        let open = Open {
            record,
            is_decided: false,
            is_known: false,
            is_local: false,
            may_be_preflight: false,
            has_token: false,
            reservation: None,
        };
        Self { recorder: recorder.cloned(), network, began: Instant::now(), open: Mutex::new(open) }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes no record if nothing decides on the request.
    pub(super) fn may_be_preflight(&self) {
        self.open().may_be_preflight = true;
    }

    /// Returns whether sinks receive the record. Otherwise the decision is only counted.
    pub(crate) const fn is_recorded(&self) -> bool {
        self.recorder.is_some()
    }

    /// Adds the identity of the caller, and reserves a place for the record.
    ///
    /// # Errors
    ///
    /// The queue of a sink is full, and requests without a record must be refused.
    pub(crate) async fn admit(&self, token: Option<&ValidatedToken>) -> Result<(), QueueFull> {
        self.open().has_token = token.is_some();
        let Some(recorder) = &self.recorder else { return Ok(()) };
        if let Some(token) = token {
            self.identify(recorder, token);
        }
        let reservation = recorder.reserve(token.is_none()).await?;
        self.open().reservation = Some(reservation);
        Ok(())
    }

    fn identify(&self, recorder: &Recorder, token: &ValidatedToken) {
        let key = &recorder.key;
        let subject = |subject: &str| match recorder.subjects {
            SubjectForm::Plain => Some(key.bounded(subject)),
            SubjectForm::Digest => Some(key.digest("subject", subject.as_bytes())),
            SubjectForm::Absent => None,
        };
        let mut open = self.open();
        let record = &mut open.record;
        record.issuer = Some(key.bounded(token.issuer()));
        record.subject = subject(token.subject());
        record.client = token.client_id().map(|client| key.bounded(client));
        record.actors = actors(token).filter_map(subject).collect();
        record.granted = token.scopes().clone();
    }

    /// Adds the revision of the protocol.
    pub(crate) fn revision(&self, revision: &str) {
        if let Some(recorder) = &self.recorder {
            self.open().record.revision = Some(recorder.key.bounded(revision));
        }
    }

    /// Adds the trace id, in place of the one in the headers.
    pub(crate) fn trace(&self, id: &str) {
        self.open().record.trace_id = Some(id.to_owned());
    }

    /// Adds the operation. `is_known` if it is one of the server: metrics name no other.
    pub(crate) fn operation(&self, kind: OperationKind, name: &str, is_known: bool) {
        let mut open = self.open();
        open.is_known = is_known;
        open.record.kind = Some(kind);
        open.record.operation = match &self.recorder {
            Some(recorder) => Some(recorder.key.bounded(name)),
            None => is_known.then(|| name.to_owned()),
        };
    }

    /// Adds the digest of the arguments, in canonical form.
    pub(crate) fn arguments(&self, arguments: &Value) {
        let Some(recorder) = &self.recorder else { return };
        // Numbers that are no `f64` have no canonical form. A message of JSON cannot contain them.
        let Ok(canonical) = serde_json_canonicalizer::to_vec(arguments) else { return };
        self.open().record.arguments = Some(recorder.key.digest("arguments", &canonical));
    }

    /// Adds the legacy session.
    pub(crate) fn session(&self, id: &str) {
        if let Some(recorder) = &self.recorder {
            self.open().record.session = Some(recorder.key.digest("session", id.as_bytes()));
        }
    }

    /// Adds the decision on the request. `missing` is empty if the caller satisfies the requirements. A refusal follows
    /// as [`refuse`](Self::refuse). A second decision that finds nothing missing changes nothing: the inner lock repeats
    /// that of the gate.
    pub(crate) fn decide(&self, required: ScopeSet, missing: &ScopeSet, is_report_only: bool) {
        let mut open = self.open();
        if !std::mem::replace(&mut open.is_decided, true) || !missing.is_empty() {
            open.record.required = required;
            open.report(missing, is_report_only);
        }
    }

    /// Adds scopes that the operation required while it ran.
    pub(crate) fn require(&self, scopes: &ScopeSet, missing: &ScopeSet, is_report_only: bool) {
        let mut open = self.open();
        open.record.late = open.record.late.union(scopes);
        open.report(missing, is_report_only);
    }

    /// Adds the rule that refuses the request. The first one counts.
    pub(crate) fn refuse(&self, rule: Rule) {
        let mut open = self.open();
        open.is_decided = true;
        if open.record.outcome != Outcome::Refused {
            open.record.outcome = Outcome::Refused;
            open.record.rule = Some(rule);
        }
    }

    /// Adds the HTTP status of the response.
    pub(crate) fn status(&self, status: StatusCode) {
        self.open().record.status = Some(status.as_u16());
    }
}

impl Open {
    /// Counts the decision.
    fn count(&self) {
        let operation = match (&self.record.operation, self.record.kind) {
            (Some(operation), _) if self.is_known => operation.as_str(),
            (_, Some(_)) => metrics::UNKNOWN_OPERATION,
            (_, None) => metrics::NO_OPERATION,
        };
        let kind = self.record.kind.map_or(metrics::NO_OPERATION, OperationKind::as_str);
        let rule = self.record.rule.map_or("none", Rule::as_str);
        metrics::decided(kind, operation.to_owned(), self.record.outcome.as_str(), rule);
    }

    fn report(&mut self, missing: &ScopeSet, is_report_only: bool) {
        if is_report_only && !missing.is_empty() && self.record.outcome == Outcome::Allowed {
            self.record.outcome = Outcome::WouldBeRefused;
            self.record.rule = Some(Rule::Scope);
        }
        self.record.missing = self.record.missing.union(missing);
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !open.is_decided && open.may_be_preflight {
            return;
        }
        if std::thread::panicking() {
            open.record.outcome = Outcome::Refused;
            open.record.rule = Some(Rule::ServerError);
            open.record.status = Some(StatusCode::INTERNAL_SERVER_ERROR.as_u16()).filter(|_| !open.is_local);
        } else if !open.is_decided && !open.is_local {
            // The client disconnected before its message was complete.
            open.record.outcome = Outcome::Refused;
            open.record.rule = Some(Rule::BodyIncomplete);
        }
        let is_refused = open.record.outcome == Outcome::Refused;
        if metrics::are_enabled() {
            open.count();
        }
        let Some(recorder) = &self.recorder else { return };
        open.record.duration = self.began.elapsed();
        match (open.reservation.take(), open.record.rule) {
            // Anyone can cause these refusals, in any number.
            (None, Some(rule)) => recorder.count(rule, self.network),
            (_, Some(rule)) if is_refused && !open.has_token && !open.is_local => recorder.count(rule, self.network),
            (Some(reservation), _) => recorder.record(open.record.clone(), reservation),
            // A request that was neither refused nor recorded: the authentication layer admits no such request.
            (None, None) => tracing::error!("a request was allowed without a record"),
        }
    }
}

opaque_debug!(Draft);

/// Returns the delegation chain of a token (RFC 8693 section 4.1), the current actor first.
fn actors(token: &ValidatedToken) -> impl Iterator<Item = &str> {
    let first = token.claims().get("act");
    let chain = std::iter::successors(first, |actor| actor.get("act"));
    chain.take(MAX_ACTORS).filter_map(|actor| actor.get("sub")?.as_str())
}
