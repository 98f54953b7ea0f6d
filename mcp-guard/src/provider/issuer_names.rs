//! The names of a provider's authorization servers: in tokens, in metadata and in the configuration.

use url::Url;

use super::preset::IssuerForm;
use crate::urls::is_issuer;

/// The names of an authorization server.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct IssuerNames {
    /// The `iss` of its tokens.
    pub(crate) issuer: String,
    /// An alternative `iss` of its tokens.
    pub(crate) alias: Option<String>,
    /// The issuer identifier in the protected resource metadata.
    pub(crate) authorization_server: String,
    /// The base URL of its endpoints.
    pub(crate) base: String,
    /// The required claim `tid`.
    pub(crate) tenant: Option<String>,
}

impl IssuerNames {
    fn same(issuer: String) -> Self {
        Self { alias: None, authorization_server: issuer.clone(), base: issuer.clone(), tenant: None, issuer }
    }
}

impl IssuerForm {
    /// Returns the names of the authorization server that is configured as `server`. The error is an example of the
    /// expected form.
    pub(crate) fn names(&self, server: &str, audiences: &[String]) -> Result<IssuerNames, &'static str> {
        let (Self::AsWritten { example, .. }
        | Self::WithSlash { example }
        | Self::Environment { example }
        | Self::Tenant { example }
        | Self::Agentic { example }) = self;
        if is_issuer(server) { self.read(server, audiences).ok_or(example) } else { Err(example) }
    }

    fn read(&self, server: &str, audiences: &[String]) -> Option<IssuerNames> {
        let same = || IssuerNames::same(server.to_owned());
        match self {
            Self::AsWritten { path, .. } => path.is_none_or(|path| server.contains(path)).then(same),
            Self::WithSlash { .. } => Some(IssuerNames::same(format!("{}/", server.trim_end_matches('/')))),
            Self::Environment { .. } => {
                let server = server.trim_end_matches('/');
                let base = server.split_once("/resources/").map_or(server, |(base, _)| base);
                let resource = format!("{base}/resources/{}", audiences.first().map_or("", String::as_str));
                (server == base || server == resource).then(|| IssuerNames {
                    alias: Some(resource.clone()),
                    authorization_server: resource,
                    ..IssuerNames::same(base.to_owned())
                })
            }
            Self::Tenant { .. } => {
                let url = Url::parse(server).ok()?;
                let segments: Vec<&str> = url.path().trim_start_matches('/').split('/').collect();
                match segments[..] {
                    // The excluded names stand for many tenants, each with its own issuer.
                    [tenant, "v2.0"] if !["common", "organizations", "consumers", ""].contains(&tenant) => {
                        Some(IssuerNames {
                            alias: Some(format!("https://sts.windows.net/{tenant}/")),
                            tenant: Some(tenant.to_owned()),
                            ..same()
                        })
                    }
                    _ => None,
                }
            }
            Self::Agentic { .. } => {
                let (origin, path) = server.split_once("/v1/apps/")?;
                let project = match path.split('/').collect::<Vec<_>>()[..] {
                    ["agentic", project, _] => project,
                    [project] => project,
                    _ => return None,
                };
                // The servers of a project differ only in the audience of their tokens.
                if audiences.iter().any(|audience| audience == project) {
                    return Some(same());
                }
                Some(IssuerNames { alias: Some(format!("{origin}/v1/apps/{project}")), ..same() })
            }
        }
    }
}
