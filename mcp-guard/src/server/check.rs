//! Checks the operations of a server when it is built.

use rmcp::model::Tool;

use super::server_settings::PolicySettings;
use crate::config::BuildError;
use crate::operation::{INVALID_SCHEMA, Operation, Operations, Problem};
use crate::policy::Requirement;
use crate::scope::Scope;

/// The scope that clients request for a refresh token. A resource server must not require it (MCP, "Refresh Tokens").
const OFFLINE_ACCESS: Scope = Scope::from_static("offline_access");

/// Checks the operations against each other, the settings and the vocabulary.
pub(super) fn operations(
    settings: &PolicySettings,
    guarded: &dyn Operations,
    tools: &[Tool],
) -> Result<(), BuildError> {
    if let Some(problem) = guarded.problems().next() {
        return Err(problem.clone().into());
    }
    let operations: Vec<(Operation<'_>, &Requirement)> =
        guarded.entries().map(|(operation, entry)| (operation, entry.requirement())).collect();
    if operations.is_empty() {
        return Err(BuildError::NoOperations);
    }
    check_unserved(&operations)?;
    let schema_error =
        |tool: &Tool| tool.input_schema.get(INVALID_SCHEMA).map(|reason| (tool.name.to_string(), reason.to_string()));
    if let Some((tool, reason)) = tools.iter().find_map(schema_error) {
        return Err(BuildError::InputSchema { tool, reason });
    }
    let public: Vec<String> = operations
        .iter()
        .filter(|(_, requirement)| matches!(requirement, Requirement::Public))
        .map(|(operation, _)| operation.to_string())
        .collect();
    match (settings.allow_anonymous, public.is_empty()) {
        (false, false) => return Err(BuildError::Public(public)),
        (true, true) => return Err(BuildError::NothingPublic),
        (true, false) | (false, true) => {}
    }
    if settings.baseline.contains(&OFFLINE_ACCESS) {
        return Err(BuildError::OfflineAccess { place: "the baseline".to_owned() });
    }
    for (operation, requirement) in &operations {
        if scopes(requirement).any(|scope| *scope == OFFLINE_ACCESS) {
            return Err(BuildError::OfflineAccess { place: operation.to_string() });
        }
    }
    let Some(vocabulary) = guarded.vocabulary() else { return Ok(()) };
    let required = operations
        .iter()
        .flat_map(|(operation, requirement)| scopes(requirement).map(move |scope| (operation.to_string(), scope)));
    let baseline = settings.baseline.iter().map(|scope| ("the baseline".to_owned(), scope));
    match required.chain(baseline).find(|(_, scope)| !vocabulary.contains(scope)) {
        Some((place, scope)) => Err(BuildError::UnknownScope { scope: scope.to_string(), place }),
        None => Ok(()),
    }
}

/// Rejects operations that are never served: a method that is implemented by hand handles all requests of its kind.
fn check_unserved(operations: &[(Operation<'_>, &Requirement)]) -> Result<(), BuildError> {
    let by_hand = |method: &str| operations.iter().any(|(operation, _)| *operation == Operation::Method(method));
    for (operation, _) in operations {
        let method = match operation {
            Operation::Prompt(_) => "prompts/get",
            Operation::Resource(_) | Operation::Template(_) => "resources/read",
            Operation::Tool(_) | Operation::Method(_) => continue,
        };
        if by_hand(method) {
            return Err(BuildError::Unserved { operation: operation.to_string(), method });
        }
    }
    Ok(())
}

fn scopes(requirement: &Requirement) -> Box<dyn Iterator<Item = &Scope> + '_> {
    match requirement {
        Requirement::Public | Requirement::Authenticated => Box::new(std::iter::empty()),
        Requirement::All(scopes) => Box::new(scopes.iter()),
        Requirement::Any(scopes) => Box::new(scopes.iter()),
    }
}

impl From<Problem> for BuildError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::DuplicateTool(name) => Self::DuplicateTool(name),
            Problem::DuplicatePrompt(name) => Self::DuplicatePrompt(name),
            Problem::DuplicateResource(uri) => Self::DuplicateResource(uri),
            Problem::Template { template, reason } => Self::UriTemplate { template, reason },
            Problem::AmbiguousTemplates(one, other) => Self::AmbiguousTemplates(one, other),
            Problem::UnguardedTool(name) => Self::UnguardedTool(name),
            Problem::RepeatedRequirement(name) => Self::RepeatedRequirement(name),
            Problem::NoSuchTool(name) => Self::NoSuchTool(name),
        }
    }
}
