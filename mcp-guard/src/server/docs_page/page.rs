//! The template of the page.

use askama::Template;

use super::clients::Client;
use super::matrix::ScopeRow;
use super::operations::Group;

/// The values in `templates/docs.html`. The template escapes all of them but the style and the script.
#[derive(Template)]
#[template(path = "docs.html")]
pub(super) struct Page<'p> {
    pub(super) title: &'p str,
    pub(super) resource: &'p str,
    pub(super) origin: &'p str,
    pub(super) endpoint: &'p str,
    pub(super) metadata_url: &'p str,
    pub(super) documentation: Option<&'p str>,
    pub(super) authorization_servers: &'p [String],
    pub(super) dpop_required: bool,
    /// Whether operations of other callers are hidden.
    pub(super) is_filtered: bool,
    pub(super) has_baseline: bool,
    pub(super) clients: Vec<Client>,
    pub(super) scopes: Vec<ScopeRow<'p>>,
    pub(super) groups: Vec<Group<'p>>,
    /// The list methods that the form can call.
    pub(super) lists: Vec<&'static str>,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
}
