//! The state that all endpoints share. It is in memory and bounded.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::bounded::Bounded;
use crate::client::{Client, ResourceServers};
use crate::endpoints::Endpoints;
use crate::key::SigningKey;
use crate::key_ring::KeyRing;
use crate::metadata_form::MetadataForm;
use crate::pkce::Challenge;
use crate::resource::Resources;
use crate::scope::Scopes;

const MAX_CLIENTS: usize = 1_000;
const MAX_CODES: usize = 1_000;
const MAX_REFRESH_TOKENS: usize = 10_000;
const MAX_OPAQUE_TOKENS: usize = 10_000;
const CODE_LIFETIME: Duration = Duration::from_secs(60);

pub(crate) struct Shared {
    pub(crate) endpoints: Endpoints,
    pub(crate) settings: Settings,
    pub(crate) keys: Mutex<KeyRing>,
    pub(crate) clients: Mutex<Bounded<Client>>,
    pub(crate) codes: Mutex<Bounded<Code>>,
    pub(crate) refresh_tokens: Mutex<Bounded<Grant>>,
    /// The claims of opaque tokens.
    pub(crate) opaque_tokens: Mutex<Bounded<Map<String, Value>>>,
    pub(crate) outage: AtomicBool,
    pub(crate) jwks_fetches: AtomicUsize,
    pub(crate) metadata_fetches: AtomicUsize,
    pub(crate) introspections: AtomicUsize,
}

/// The settings of the builder.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) token_lifetime: Duration,
    pub(crate) jwks_max_age: Duration,
    pub(crate) default_audience: Option<String>,
    pub(crate) metadata_forms: Vec<MetadataForm>,
    pub(crate) metadata_issuer: Option<String>,
    pub(crate) opaque_tokens: bool,
    pub(crate) resource_servers: ResourceServers,
}

/// The scope, resources and subject that a user consented to.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) subject: String,
    pub(crate) scopes: Scopes,
    pub(crate) resources: Resources,
    /// The thumbprint of the key that a refresh token is bound to.
    pub(crate) key: Option<String>,
}

/// The grant behind an authorization code.
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Challenge,
}

impl Shared {
    pub(crate) fn new(endpoints: Endpoints, settings: Settings, key: SigningKey) -> Self {
        Self {
            endpoints,
            settings,
            keys: Mutex::new(KeyRing::new(key)),
            clients: Mutex::new(Bounded::new(MAX_CLIENTS, Duration::MAX)),
            codes: Mutex::new(Bounded::new(MAX_CODES, CODE_LIFETIME)),
            refresh_tokens: Mutex::new(Bounded::new(MAX_REFRESH_TOKENS, Duration::MAX)),
            opaque_tokens: Mutex::new(Bounded::new(MAX_OPAQUE_TOKENS, Duration::MAX)),
            outage: AtomicBool::new(false),
            jwks_fetches: AtomicUsize::new(0),
            metadata_fetches: AtomicUsize::new(0),
            introspections: AtomicUsize::new(0),
        }
    }
}

/// Locks the mutex and ignores poisoning: every change is a single call, so a panic leaves no partial change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
