//! How a provider's authorization servers name themselves, and how clients find them.

use url::Url;

use super::preset::IssuerForm;
use crate::urls::is_issuer;

/// The names of an authorization server.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct IssuerNames {
    /// Its `iss`.
    pub(crate) issuer: String,
    /// Another `iss` that it writes at times.
    pub(crate) alias: Option<String>,
    /// The name for clients that look for it.
    pub(crate) authorization_server: String,
    /// The URL that the paths of its endpoints follow.
    pub(crate) base: String,
    /// A claim `tid` that must agree with the issuer.
    pub(crate) tenant: Option<String>,
}

impl IssuerNames {
    fn same(issuer: String) -> Self {
        Self { alias: None, authorization_server: issuer.clone(), base: issuer.clone(), tenant: None, issuer }
    }
}

impl IssuerForm {
    /// Returns the names of the issuer that is configured as `server`, or an example of how it is expected.
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
                    // The others stand for many tenants, each with an issuer of its own.
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
                // Only a token's audience tells the servers of a project apart.
                if audiences.iter().any(|audience| audience == project) {
                    return Some(same());
                }
                Some(IssuerNames { alias: Some(format!("{origin}/v1/apps/{project}")), ..same() })
            }
        }
    }
}
