//! What an operator says of a provider.

use crate::validate::Grants;

/// What the operator says.
pub(crate) struct Registration<'r> {
    pub(crate) resource: &'r str,
    pub(crate) authorization_server: Option<&'r str>,
    pub(crate) audiences: &'r [String],
    pub(crate) client_ids: &'r [String],
    pub(crate) client_secret: Option<&'r str>,
    pub(crate) scope_prefix: Option<&'r str>,
    /// Whether the provider may be on a private network.
    pub(crate) private_network: bool,
    /// What other claims stand for.
    pub(crate) grants: &'r Grants,
}
