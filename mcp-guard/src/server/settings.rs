//! What a builder collects.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Connections;
use crate::policy::Denials;
use crate::policy::Visibility;
use crate::provider::Provider;
use crate::scope::Scope;
use crate::scope::ScopeSet;
use crate::token::ValidatedToken;
use crate::validate::Dpop;
use crate::validate::Grants;
use crate::validate::SharedValidator;
use crate::validate::TokenProfile;

/// The tools of `S`.
pub struct Tools<S> {
    pub(super) factory: Arc<dyn Fn() -> Result<S, std::io::Error> + Send + Sync>,
}

impl<S> std::fmt::Debug for Tools<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

#[derive(Debug)]
pub(super) struct Settings {
    /// Whether the values are those of environment variables, so that errors name them.
    pub(super) from_environment: bool,
    pub(super) resource: String,
    pub(super) authorization_servers: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) provider: Option<Provider>,
    pub(super) client_ids: Vec<String>,
    pub(super) client_secret: Option<Secret>,
    pub(super) scope_prefix: Option<String>,
    pub(super) profile: Option<TokenProfile>,
    pub(super) private_network: bool,
    pub(super) grants: Grants,
    pub(super) revoked: Option<Revoked>,
    pub(super) validator: Option<SharedValidator>,
    pub(super) dpop: Option<Dpop>,
    pub(super) policy: PolicySettings,
    pub(super) allowed_origins: Vec<String>,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) documentation: Option<String>,
    /// What the application said; see [`Settings::has_sessions`].
    pub(super) legacy_sessions: Option<bool>,
    pub(super) max_sessions: usize,
    pub(super) max_body_bytes: usize,
    pub(super) max_total_body_bytes: Option<usize>,
    pub(super) max_unauthenticated_body_bytes: Option<usize>,
    pub(super) stream_check_interval: Duration,
    pub(super) health: bool,
    pub(super) listen: Option<SocketAddr>,
    pub(super) tls: Option<TlsFiles>,
    pub(super) connections: Connections,
    pub(super) trusted_proxies: Vec<String>,
}

impl Settings {
    /// Whether clients of older revisions get sessions: as the application said, in whatever order it did, or else unless everybody may call. A session
    /// is memory.
    pub(super) fn has_sessions(&self) -> bool {
        self.legacy_sessions.unwrap_or(!self.policy.allow_anonymous)
    }
}

/// What becomes the policy.
#[derive(Debug, Default)]
pub(super) struct PolicySettings {
    pub(super) baseline: ScopeSet,
    pub(super) implications: Vec<(Scope, Scope)>,
    pub(super) allow_anonymous: bool,
    pub(super) hide_requirements: bool,
    pub(super) name_granted_scopes: bool,
    pub(super) visibility: Visibility,
    pub(super) denials: Denials,
}

/// Says which tokens count no more.
#[derive(Clone)]
pub(super) struct Revoked(pub(super) Arc<dyn Fn(&ValidatedToken) -> bool + Send + Sync>);

impl std::fmt::Debug for Revoked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Revoked")
    }
}

/// A text that is never shown.
#[derive(Clone)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// Where the certificate and its key are.
#[derive(Clone, Debug)]
pub(super) struct TlsFiles {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}
