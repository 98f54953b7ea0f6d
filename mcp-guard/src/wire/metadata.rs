//! The protected resource metadata document (RFC 9728 section 2).

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;

use crate::scope::{ScopeSet, ScopeSpelling, Vocabulary};
use crate::urls::ResourceUrl;

/// The members of the document. Empty lists are omitted (RFC 9728 section 3.2).
#[derive(Serialize)]
struct Metadata<'m> {
    resource: &'m str,
    authorization_servers: &'m [String],
    /// The baseline. Clients without a challenge request all of it (MCP, "Scope Selection Strategy").
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    scopes_supported: &'m ScopeSet,
    /// The description of each scope, for consent screens. An additional parameter, as RFC 9728 section 2 allows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    scope_descriptions: BTreeMap<String, &'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_methods_supported: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dpop_signing_alg_values_supported: &'m [&'static str],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dpop_bound_access_tokens_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'m str>,
}

/// The properties of a server in its document.
#[derive(Clone, Copy)]
pub(crate) struct ServerDescription<'d> {
    pub(crate) resource: &'d ResourceUrl,
    pub(crate) authorization_servers: &'d [String],
    pub(crate) baseline: &'d ScopeSet,
    pub(crate) spelling: &'d ScopeSpelling,
    pub(crate) vocabulary: Option<&'d Vocabulary>,
    pub(crate) name: Option<&'d str>,
    pub(crate) documentation: Option<&'d str>,
    pub(crate) dpop_algorithms: &'d [&'static str],
    pub(crate) dpop_required: bool,
}

/// The serialized document.
#[derive(Clone, Debug)]
pub(crate) struct MetadataDocument(Bytes);

impl MetadataDocument {
    pub(crate) fn new(server: &ServerDescription<'_>) -> Self {
        let ServerDescription {
            resource,
            authorization_servers,
            baseline,
            spelling,
            vocabulary,
            name,
            documentation,
            dpop_algorithms,
            dpop_required,
        } = *server;
        let metadata = Metadata {
            resource: resource.as_str(),
            authorization_servers,
            scopes_supported: &spelling.spell(baseline),
            scope_descriptions: baseline
                .iter()
                .filter_map(|scope| {
                    let description = vocabulary?.description(scope)?;
                    Some((spelling.spell(&scope.clone().into()).to_string(), description))
                })
                .collect(),
            // Bearer tokens are not accepted if DPoP is required.
            bearer_methods_supported: (!dpop_required).then_some(["header"]),
            dpop_signing_alg_values_supported: dpop_algorithms,
            dpop_bound_access_tokens_required: dpop_required,
            resource_name: name,
            resource_documentation: documentation,
        };
        Self(serde_json::to_vec(&metadata).expect("texts and lists of texts are always JSON").into())
    }

    pub(crate) fn response(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
        ];
        (headers, self.0.clone()).into_response()
    }
}

#[cfg(test)]
mod tests;
