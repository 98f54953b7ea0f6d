//! The settings that a server builder collects.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Connections, Disclosure, Lifespan, Limits, Network, Observation, ResourceMetadata, Sessions};
use crate::config::{EnvError, Setting};
use crate::issuer::Issuer;
use crate::policy::Enforcement;
use crate::revocation::Revocations;
use crate::scope::{Scope, ScopeSet};
use crate::validate::Dpop;

/// The tools of a server of type `S`.
pub struct Tools<S> {
    pub(super) factory: Arc<dyn Fn() -> Result<S, std::io::Error> + Send + Sync>,
}

impl<S> std::fmt::Debug for Tools<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

#[derive(Debug, Default)]
pub(super) struct ServerSettings {
    /// The settings that come from environment variables. Errors then name the variable.
    pub(super) from_environment: BTreeSet<Setting>,
    /// The variables that are missing or invalid.
    pub(super) environment_errors: Vec<EnvError>,
    pub(super) resource: String,
    pub(super) mount_path: Option<String>,
    pub(super) issuers: Vec<Issuer>,
    pub(super) dpop: Option<Dpop>,
    pub(super) revocations: Option<Revocations>,
    pub(super) policy: PolicySettings,
    pub(super) network: Network,
    pub(super) limits: Limits,
    pub(super) sessions: Sessions,
    pub(super) metadata: ResourceMetadata,
    pub(super) observation: Observation,
    pub(super) listen: Option<SocketAddr>,
    pub(super) tls: Option<TlsFiles>,
    pub(super) allow_plain_http: bool,
    pub(super) connections: Connections,
    pub(super) lifespan: Lifespan,
    /// Whether all requests are passed to rmcp's transport.
    pub(super) without_direct_dispatch: bool,
}

impl ServerSettings {
    /// Returns whether clients of older revisions get sessions.
    pub(super) fn has_sessions(&self) -> bool {
        self.sessions.has_legacy(self.policy.allow_anonymous)
    }
}

/// The settings of the policy.
#[derive(Debug, Default)]
pub(super) struct PolicySettings {
    pub(super) baseline: ScopeSet,
    pub(super) implications: Vec<(Scope, Scope)>,
    pub(super) allow_anonymous: bool,
    pub(super) disclosure: Disclosure,
    pub(super) enforcement: Enforcement,
}

/// The paths of the certificate chain and its key.
#[derive(Clone, Debug)]
pub(super) struct TlsFiles {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}
