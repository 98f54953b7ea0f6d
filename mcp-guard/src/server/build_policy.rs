//! Builds the policy of a server from its settings and operations.

use rmcp::model::Tool;

use super::check;
use super::server_settings::PolicySettings;
use crate::config::BuildError;
use crate::operation::Operations;
use crate::policy::Policy;
use crate::scope::{Hierarchy, Vocabulary};

/// Returns the policy for these operations. Rejects settings that contradict them.
pub(super) fn policy(
    settings: &PolicySettings,
    operations: &dyn Operations,
    tools: &[Tool],
) -> Result<Policy, BuildError> {
    let declared = operations.vocabulary().into_iter().flat_map(Vocabulary::implications);
    let hierarchy = Hierarchy::new(declared.chain(settings.implications.iter().cloned())).map_err(BuildError::from);
    let hierarchy = match (check::operations(settings, operations, tools), hierarchy) {
        (Ok(()), Ok(hierarchy)) => hierarchy,
        (checked, hierarchy) => {
            return Err(BuildError::all([checked, hierarchy.map(drop)].into_iter().filter_map(Result::err)));
        }
    };
    let mut policy = Policy::new(settings.baseline.clone(), hierarchy, settings.allow_anonymous)
        .with_visibility(settings.disclosure.visibility)
        .with_denials(settings.disclosure.denials.clone())
        .with_enforcement(settings.enforcement);
    if settings.disclosure.hide_requirements {
        policy = policy.hide_requirements();
    }
    if settings.disclosure.name_granted_scopes {
        policy = policy.name_granted_scopes();
    }
    Ok(policy)
}
