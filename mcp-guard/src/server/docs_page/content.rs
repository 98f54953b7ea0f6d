//! The data of the page.

use std::sync::Arc;

use askama::Template as _;

use super::clients;
use super::matrix::Columns;
use super::operations::{self, Group};
use super::page::Page;
use super::{SCRIPT, STYLE};
use crate::operation::{Definition, Entry, Operations};
use crate::policy::{Policy, Visibility};
use crate::request::Caller;
use crate::scope::ScopeSpelling;
use crate::wire::ServerDescription;

/// The server that the page describes.
pub(in crate::server) struct Content {
    title: String,
    resource: String,
    origin: String,
    /// The path of the resource URL, where clients find the MCP endpoint.
    endpoint: String,
    metadata_url: String,
    documentation: Option<String>,
    authorization_servers: Vec<String>,
    dpop_required: bool,
    spelling: ScopeSpelling,
    policy: Arc<Policy>,
    operations: &'static dyn Operations,
}

impl Content {
    pub(in crate::server) fn new(
        server: &ServerDescription<'_>,
        metadata_url: &str,
        policy: &Arc<Policy>,
        operations: &'static dyn Operations,
    ) -> Self {
        Self {
            title: server.name.unwrap_or_else(|| server.resource.host()).to_owned(),
            resource: server.resource.as_str().to_owned(),
            origin: server.resource.origin(),
            endpoint: server.resource.path().to_owned(),
            metadata_url: metadata_url.to_owned(),
            documentation: server.documentation.map(str::to_owned),
            authorization_servers: server.authorization_servers.to_vec(),
            dpop_required: server.dpop_required,
            spelling: server.spelling.clone(),
            policy: Arc::clone(policy),
            operations,
        }
    }

    /// Renders the page for a caller of a guarded page, or for everyone.
    pub(super) fn render(&self, caller: Option<&Caller>) -> Result<String, askama::Error> {
        let is_filtered = self.policy.visibility() == Visibility::Granted;
        let is_visible = |entry: &Entry| !is_filtered || caller.is_some_and(|caller| caller.may_call(entry));
        let shown: Vec<(Definition<'_>, &Entry)> =
            self.operations.definitions().filter(|(_, entry)| is_visible(entry)).collect();
        let vocabulary = self.operations.vocabulary();
        let requirements = shown.iter().map(|(_, entry)| entry.requirement());
        let columns = if is_filtered {
            // The other scopes would disclose the requirements of hidden operations.
            Columns::of(&self.policy, requirements)
        } else {
            Columns::of(&self.policy, requirements).with_vocabulary(vocabulary).with_broader_scopes(&self.policy)
        };
        let groups: Vec<Group<'_>> = operations::groups(&shown, &self.policy, &columns);
        Page {
            title: &self.title,
            resource: &self.resource,
            origin: &self.origin,
            endpoint: &self.endpoint,
            metadata_url: &self.metadata_url,
            documentation: self.documentation.as_deref().filter(|url| is_web_url(url)),
            authorization_servers: &self.authorization_servers,
            dpop_required: self.dpop_required,
            is_filtered,
            has_baseline: !self.policy.baseline().is_empty(),
            clients: clients::snippets(&self.title, &self.resource),
            scopes: columns.rows(&self.policy, vocabulary, &self.spelling),
            lists: operations::lists(&groups),
            groups,
            style: STYLE,
            script: SCRIPT,
        }
        .render()
    }
}

/// Returns whether a link to this URL opens a page. Other schemes could run a script.
fn is_web_url(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
