//! A summary of what a server serves.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use super::paths::Paths;
use crate::issuer::IssuerSummary;
use crate::operation::Operations;
use crate::policy::Requirement;
use crate::urls::ResourceUrl;

/// What a server serves: its URLs, issuers and operations, without secrets. Display prints one line for each.
///
/// Building a server logs the same as one event.
#[derive(Clone, Debug)]
pub struct Summary {
    resource: String,
    endpoint: String,
    metadata: String,
    issuers: Vec<IssuerSummary>,
    /// The number of operations with each requirement.
    requirements: BTreeMap<String, usize>,
    public: Vec<String>,
    /// The address that `run` listens on, and whether it serves TLS.
    listen: (SocketAddr, bool),
}

impl Summary {
    pub(super) fn new(
        resource: &ResourceUrl,
        paths: &Paths,
        issuers: Vec<IssuerSummary>,
        operations: &dyn Operations,
        listen: (SocketAddr, bool),
    ) -> Self {
        let mut requirements = BTreeMap::new();
        let mut public = Vec::new();
        for (operation, entry) in operations.entries() {
            *requirements.entry(entry.requirement().to_string()).or_default() += 1;
            if matches!(entry.requirement(), Requirement::Public) {
                public.push(operation.to_string());
            }
        }
        Self {
            resource: resource.as_str().to_owned(),
            endpoint: paths.endpoint.clone(),
            metadata: paths.metadata_url.clone(),
            issuers,
            requirements,
            public,
            listen,
        }
    }

    /// Returns the public operations, which need no token.
    #[must_use]
    pub fn public_operations(&self) -> &[String] {
        &self.public
    }

    pub(super) fn log(&self) {
        let joined = |text: fn(&IssuerSummary) -> String| self.issuers.iter().map(text).collect::<Vec<_>>().join("; ");
        tracing::info!(
            resource = self.resource,
            endpoint = self.endpoint,
            metadata = self.metadata,
            issuers = joined(|issuer| issuer.names.join(", ")),
            audiences = joined(|issuer| issuer.audiences.join(", ")),
            algorithms = joined(|issuer| issuer.algorithms.join(", ")),
            operations = self.operations(),
            public_operations = self.public.join(", "),
            "serving"
        );
    }

    /// Returns the number of operations with each requirement, as one text.
    fn operations(&self) -> String {
        let counted = self.requirements.iter().map(|(requirement, count)| format!("{count} {requirement}"));
        counted.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "resource:   {}", self.resource)?;
        writeln!(f, "endpoint:   {}", self.endpoint)?;
        writeln!(f, "metadata:   {}", self.metadata)?;
        let (address, is_tls) = self.listen;
        writeln!(f, "listen:     {address}, {}", if is_tls { "TLS" } else { "plain HTTP" })?;
        for IssuerSummary { names, audiences, algorithms } in &self.issuers {
            writeln!(f, "issuer:     {}", names.join(", "))?;
            writeln!(f, "  audience: {}", audiences.join(", "))?;
            writeln!(f, "  tokens:   {}", algorithms.join(", "))?;
        }
        writeln!(f, "operations: {}", self.operations())?;
        write!(f, "public:     {}", if self.public.is_empty() { "none".to_owned() } else { self.public.join(", ") })
    }
}
