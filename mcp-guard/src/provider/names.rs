//! How a provider's authorization servers are called, by themselves and by others.

use url::Url;

use super::Provider;
use super::error::ProviderError;
use super::error::ProviderSetting;
use super::preset::IssuerForm;
use super::registration::Registration;
use crate::urls::is_issuer;

/// How an authorization server is called.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Names {
    /// By itself.
    pub(super) issuer: String,
    /// By itself, at other times.
    pub(super) alias: Option<String>,
    /// By clients that look for it.
    pub(super) authorization_server: String,
    /// What its keys are found under.
    pub(super) base: String,
    /// A claim that says the same as the issuer.
    pub(super) tenant: Option<String>,
}

impl Names {
    fn same(issuer: String) -> Self {
        Self { alias: None, authorization_server: issuer.clone(), base: issuer.clone(), tenant: None, issuer }
    }
}

impl Provider {
    /// What the operator says, read as this provider calls its authorization servers.
    pub(super) fn names(self, registration: &Registration<'_>, audiences: &[String]) -> Result<Names, ProviderError> {
        let wrong = |example| ProviderError::AuthorizationServer { provider: self, example };
        let server = |example| {
            let server = registration.authorization_server.ok_or(ProviderError::Missing {
                provider: self,
                setting: ProviderSetting::AuthorizationServer,
                hint: example,
            })?;
            if is_issuer(server) { Ok(server) } else { Err(wrong(example)) }
        };
        match self.0.issuer {
            IssuerForm::AsWritten { example, path } => {
                let server = server(example)?;
                match path {
                    Some(path) if !server.contains(path) => Err(wrong(example)),
                    _ => Ok(Names::same(server.to_owned())),
                }
            }
            IssuerForm::WithSlash { example } => {
                Ok(Names::same(format!("{}/", server(example)?.trim_end_matches('/'))))
            }
            IssuerForm::Environment { example } => {
                let server = server(example)?.trim_end_matches('/');
                let base = server.split_once("/resources/").map_or(server, |(base, _)| base);
                let resource = format!("{base}/resources/{}", audiences.first().map_or("", String::as_str));
                if server != base && server != resource {
                    return Err(wrong(example));
                }
                Ok(Names {
                    alias: Some(resource.clone()),
                    authorization_server: resource,
                    ..Names::same(base.to_owned())
                })
            }
            IssuerForm::Tenant { example } => {
                let server = server(example)?;
                let url = Url::parse(server).map_err(|_| wrong(example))?;
                let segments: Vec<&str> = url.path().trim_start_matches('/').split('/').collect();
                match segments[..] {
                    // The others stand for many tenants, each with an issuer of its own.
                    [tenant, "v2.0"] if !["common", "organizations", "consumers", ""].contains(&tenant) => Ok(Names {
                        alias: Some(format!("https://sts.windows.net/{tenant}/")),
                        tenant: Some(tenant.to_owned()),
                        ..Names::same(server.to_owned())
                    }),
                    _ => Err(wrong(example)),
                }
            }
            IssuerForm::Agentic { example } => {
                let server = server(example)?;
                let (origin, path) = server.split_once("/v1/apps/").ok_or(wrong(example))?;
                let project = match path.split('/').collect::<Vec<_>>()[..] {
                    ["agentic", project, _] => project,
                    [project] => project,
                    _ => return Err(wrong(example)),
                };
                // Only a token's audience tells the servers of a project apart.
                if audiences.iter().any(|audience| audience == project) {
                    return Ok(Names::same(server.to_owned()));
                }
                Ok(Names { alias: Some(format!("{origin}/v1/apps/{project}")), ..Names::same(server.to_owned()) })
            }
            IssuerForm::Fixed { issuer, authorization_server } => {
                self.refuse(ProviderSetting::AuthorizationServer, registration.authorization_server.is_some())?;
                Ok(Names { authorization_server: authorization_server.to_owned(), ..Names::same(issuer.to_owned()) })
            }
        }
    }
}
