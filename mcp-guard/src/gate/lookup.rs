//! Looks up the requirement of a message.

use rmcp::model::{CompleteRequestParams, SubscriptionFilter};
use serde::Deserialize;

use super::message::{Message, Params};
use crate::operation::{Access, Arguments, Entry, Method, Needs, Operation, Operations, completion_subject};
use crate::policy::Requirement;
use crate::rule::Rule;

/// The largest number of resources in one subscription. Each is looked up, and the challenge names its scopes.
const MAX_SUBSCRIPTIONS: usize = 100;

/// Looks up the requirements of messages to one server.
#[derive(Clone, Copy)]
pub(crate) struct Lookup {
    operations: &'static dyn Operations,
    /// Whether the application may compute scopes from arguments.
    computes_scopes: bool,
}

/// The reason why a message has no requirement. The message is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LookupError {
    /// The tool does not exist. rmcp does not receive the call, because an operation outside of the table has no
    /// requirement.
    UnknownTool,
    /// The request does not name its tool, prompt, resource or task.
    MissingSubject,
    /// The subscription contains too many resources.
    TooManyResources,
    /// MCP does not define the method or the notification.
    UnknownMethod,
}

impl LookupError {
    /// Returns the rule that rejects the message.
    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::UnknownTool => Rule::ToolUnknown,
            Self::MissingSubject => Rule::SubjectMissing,
            Self::TooManyResources => Rule::SubscriptionLimit,
            Self::UnknownMethod => Rule::MethodUnknown,
        }
    }
}

impl Lookup {
    pub(crate) const fn new(operations: &'static dyn Operations) -> Self {
        Self { operations, computes_scopes: true }
    }

    /// Returns a lookup for unauthenticated requests. It runs no code of the application.
    pub(super) const fn for_unauthenticated(self) -> Self {
        Self { operations: self.operations, computes_scopes: false }
    }

    /// Returns the requirements of a message.
    ///
    /// # Errors
    ///
    /// The message has no requirement.
    pub(super) fn needs(&self, message: &Message<'_>) -> Result<Needs<'static>, LookupError> {
        match message {
            Message::Request { method, params, .. } => {
                let method = Method::of_request(method).ok_or(LookupError::UnknownMethod)?;
                match params.subject(method.name) {
                    Some(None) => Err(LookupError::MissingSubject),
                    Some(Some(subject)) => self.needs_of_subject(method, subject, params),
                    None => self.needs_of_method(method, params),
                }
            }
            Message::Notification { method } if !Method::is_notification(method) => Err(LookupError::UnknownMethod),
            Message::Notification { .. } | Message::Response => Ok(Needs::new(&Requirement::Public)),
        }
    }

    /// Returns whether the server has this tool.
    pub(super) fn has_tool(&self, name: &str) -> bool {
        self.operations.tool(name).is_some()
    }

    /// Returns whether the server implements this method itself.
    pub(super) fn has_method(&self, method: &str) -> bool {
        self.operations.method(method).is_some()
    }

    /// Returns whether the server has this prompt.
    pub(super) fn has_prompt(&self, name: &str) -> bool {
        self.operations.prompt(name).is_some()
    }

    /// Returns the resource or the template for this URI.
    pub(super) fn resource(&self, uri: &str) -> Option<Operation<'static>> {
        self.operations.named_resource(uri)
    }

    /// Returns whether the request calls an operation that takes nothing from the connection.
    pub(super) fn is_direct(&self, method: &str, params: &Params<'_>) -> bool {
        let is_generated = |method| self.operations.method(method).is_none();
        let Some(subject) = params.subject(method) else {
            return match method {
                "tools/list" | "prompts/list" | "resources/list" | "resources/templates/list" => is_generated(method),
                // The application may implement `discover` itself.
                "server/discover" => !self.operations.has_own_handler(),
                _ => false,
            };
        };
        let Some(subject) = subject else { return false };
        match method {
            "tools/call" => self.operations.tool(subject).is_some_and(|entry| entry.is_direct()),
            "prompts/get" => {
                is_generated(method) && self.operations.prompt(subject).is_some_and(|entry| entry.is_direct())
            }
            "resources/read" => {
                is_generated(method) && self.operations.resource(subject).is_some_and(|(entry, _)| entry.is_direct())
            }
            _ => false,
        }
    }

    fn needs_of_subject(
        &self,
        method: &Method,
        subject: &str,
        params: &Params<'_>,
    ) -> Result<Needs<'static>, LookupError> {
        let Self { operations, .. } = self;
        match method.name {
            "tools/call" => {
                let entry = operations.tool(subject).ok_or(LookupError::UnknownTool)?;
                self.needs_with_arguments(entry, params)
            }
            // The server implements the method itself, with a declared requirement.
            "prompts/get" | "resources/read" if operations.method(method.name).is_some() => {
                self.needs_of_method(method, params)
            }
            "prompts/get" => match operations.prompt(subject) {
                Some(entry) => self.needs_with_arguments(entry, params),
                None => self.needs_of_method(method, params),
            },
            "resources/read" => match self.needs_of_resource(subject) {
                Some(needs) => Ok(needs),
                None => self.needs_of_method(method, params),
            },
            // Subscribing to a resource requires the same as reading it.
            "resources/subscribe" | "resources/unsubscribe" => {
                Ok(self.declared(method).and(self.needs_of_resource(subject)))
            }
            _ => self.needs_of_method(method, params),
        }
    }

    fn needs_of_method(&self, method: &Method, params: &Params<'_>) -> Result<Needs<'static>, LookupError> {
        let Self { operations, .. } = self;
        match method.name {
            "completion/complete" => {
                let params = params.read::<CompleteRequestParams>().ok_or(LookupError::MissingSubject)?;
                let subject = completion_subject(*operations, &params).ok_or(LookupError::MissingSubject)?;
                Ok(self.declared(method).and(subject.map(|(entry, given)| self.needs_of_entry(entry, given.as_ref()))))
            }
            "subscriptions/listen" => {
                let ListenParams { notifications } = params.read().ok_or(LookupError::MissingSubject)?;
                let uris = notifications.resource_subscriptions.unwrap_or_default();
                if uris.len() > MAX_SUBSCRIPTIONS {
                    return Err(LookupError::TooManyResources);
                }
                Ok(uris.iter().fold(self.declared(method), |needs, uri| needs.and(self.needs_of_resource(uri))))
            }
            _ => match method.access {
                Access::Handshake if operations.method(method.name).is_none() => Ok(Needs::new(&Requirement::Public)),
                Access::Handshake | Access::Baseline => Ok(self.declared(method)),
                // A call always has a subject, and a notification is not a request.
                Access::Tool | Access::Notification => Err(LookupError::UnknownMethod),
            },
        }
    }

    /// Returns the requirement that the server declares for a method, or the baseline.
    fn declared(&self, method: &Method) -> Needs<'static> {
        let Self { operations, .. } = self;
        match operations.method(method.name) {
            Some(entry) => Needs::of(entry, None),
            None => Needs::new(&Requirement::Authenticated),
        }
    }

    fn needs_of_resource(&self, uri: &str) -> Option<Needs<'static>> {
        let Self { operations, .. } = self;
        operations.resource(uri).map(|(entry, variables)| self.needs_of_entry(entry, Some(&variables)))
    }

    fn needs_of_entry(&self, entry: &'static Entry, arguments: Option<&Arguments>) -> Needs<'static> {
        Needs::of(entry, arguments.filter(|_| self.computes_scopes))
    }

    /// Returns the requirements of a tool or a prompt. The arguments are read only if the requirements depend on them.
    fn needs_with_arguments(&self, entry: &'static Entry, params: &Params<'_>) -> Result<Needs<'static>, LookupError> {
        if !entry.depends_on_arguments() {
            return Ok(Needs::of(entry, None));
        }
        let CallParams { arguments } = params.read().ok_or(LookupError::MissingSubject)?;
        Ok(self.needs_of_entry(entry, Some(&arguments.unwrap_or_default())))
    }
}

opaque_debug!(Lookup);

/// The params of `tools/call` and `prompts/get`, parsed like rmcp does.
#[derive(Deserialize)]
struct CallParams {
    arguments: Option<Arguments>,
}

/// The params of `subscriptions/listen`, parsed like rmcp does.
#[derive(Deserialize)]
struct ListenParams {
    notifications: SubscriptionFilter,
}

#[cfg(test)]
mod tests;
