//! Checks the operations of a server when it is built.

use rmcp::model::Tool;

use super::server_settings::PolicySettings;
use crate::config::BuildError;
use crate::operation::{INVALID_SCHEMA, Operation, Operations, Problem};
use crate::policy::Requirement;
use crate::scope::Scope;

/// The scope that clients request for a refresh token. A resource server must not require it (MCP, "Refresh Tokens").
const OFFLINE_ACCESS: Scope = Scope::from_static("offline_access");

/// Checks the operations against each other, the settings and the vocabulary. Reports every mistake.
pub(super) fn operations(
    settings: &PolicySettings,
    guarded: &dyn Operations,
    tools: &[Tool],
) -> Result<(), BuildError> {
    let operations: Vec<(Operation<'_>, &Requirement)> =
        guarded.entries().map(|(operation, entry)| (operation, entry.requirement())).collect();
    let mut errors: Vec<BuildError> = guarded.problems().cloned().map(BuildError::from).collect();
    // An operation with a problem is not registered.
    if operations.is_empty() && errors.is_empty() {
        errors.push(BuildError::NoOperations);
    }
    errors.extend(unserved(&operations));
    errors.extend(tools.iter().filter_map(invalid_schema));
    errors.extend(contradicting_public(settings, &operations).filter(|_| !operations.is_empty()));
    let mut required: Vec<(String, &Scope)> =
        settings.baseline.iter().map(|scope| ("the baseline".to_owned(), scope)).collect();
    for (operation, requirement) in &operations {
        required.extend(scopes(requirement).map(|scope| (operation.to_string(), scope)));
    }
    for (place, scope) in required {
        if *scope == OFFLINE_ACCESS {
            errors.push(BuildError::OfflineAccess { place });
        } else if guarded.vocabulary().is_some_and(|vocabulary| !vocabulary.contains(scope)) {
            errors.push(BuildError::UnknownScope { scope: scope.to_string(), place });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(BuildError::all(errors)) }
}

/// Returns the operations that are never served: a method that is implemented by hand handles all requests of its kind.
fn unserved(operations: &[(Operation<'_>, &Requirement)]) -> impl Iterator<Item = BuildError> {
    let by_hand = |method: &str| operations.iter().any(|(operation, _)| *operation == Operation::Method(method));
    operations.iter().filter_map(move |(operation, _)| {
        let method = match operation {
            Operation::Prompt(_) => "prompts/get",
            Operation::Resource(_) | Operation::Template(_) => "resources/read",
            Operation::Tool(_) | Operation::Method(_) => return None,
        };
        by_hand(method).then(|| BuildError::Unserved { operation: operation.to_string(), method })
    })
}

fn invalid_schema(tool: &Tool) -> Option<BuildError> {
    let reason = tool.input_schema.get(INVALID_SCHEMA)?;
    Some(BuildError::InputSchema { tool: tool.name.to_string(), reason: reason.to_string() })
}

/// Checks that the setting for anonymous callers fits the operations.
fn contradicting_public(settings: &PolicySettings, operations: &[(Operation<'_>, &Requirement)]) -> Option<BuildError> {
    let public: Vec<String> = operations
        .iter()
        .filter(|(_, requirement)| matches!(requirement, Requirement::Public))
        .map(|(operation, _)| operation.to_string())
        .collect();
    match (settings.allow_anonymous, public.is_empty()) {
        (false, false) => Some(BuildError::Public(public)),
        (true, true) => Some(BuildError::NothingPublic),
        (true, false) | (false, true) => None,
    }
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
