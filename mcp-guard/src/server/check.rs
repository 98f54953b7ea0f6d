//! What is checked of the tools before the first request.

use super::BuildError;
use super::settings::Settings;
use crate::requirement::Requirement;
use crate::scope::Scope;
use crate::tool::GuardedServer;

/// What OAuth clients ask for on their own account, and a resource server never does (MCP, "Refresh Tokens").
const OFFLINE_ACCESS: Scope = Scope::from_static("offline_access");

pub(super) fn tools<S: GuardedServer>(settings: &Settings) -> Result<(), BuildError> {
    let tools = S::guarded_tools();
    if tools.list().is_empty() {
        return Err(BuildError::NoTools);
    }
    if let Some(name) = tools.duplicates().first() {
        return Err(BuildError::DuplicateTool(name.clone().into_owned()));
    }
    let public: Vec<String> = tools
        .requirements()
        .filter(|(_, requirement)| matches!(requirement, Requirement::Public))
        .map(|(name, _)| name.to_owned())
        .collect();
    match (settings.allow_anonymous, public.is_empty()) {
        (false, false) => return Err(BuildError::PublicTools(public)),
        (true, true) => return Err(BuildError::NothingPublic),
        (true, false) | (false, true) => {}
    }
    if settings.baseline.contains(&OFFLINE_ACCESS) {
        return Err(BuildError::OfflineAccess { place: "the baseline".to_owned() });
    }
    match tools.requirements().find(|(_, requirement)| asks_for_offline_access(requirement)) {
        Some((name, _)) => Err(BuildError::OfflineAccess { place: format!("tool {name:?}") }),
        None => Ok(()),
    }
}

fn asks_for_offline_access(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::Public | Requirement::Authenticated => false,
        Requirement::All(scopes) => scopes.contains(&OFFLINE_ACCESS),
        Requirement::Any(scopes) => scopes.iter().any(|scope| *scope == OFFLINE_ACCESS),
    }
}
