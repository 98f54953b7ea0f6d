//! Guarded operations, the inner lock and the extractors, on the side of rmcp.
//!
//! The outer lock (the [gate](crate::layer::GateLayer)) sends the response that the protocol requires. The inner lock
//! is the security boundary. It decides on the operation that rmcp dispatches, on every transport, before the arguments
//! are parsed:
//!
//! 1. A request without a [`Caller`](crate::layer::Caller) is rejected: the authentication layer is missing, or the
//!    transport has none.
//! 2. The decision is made by [`Policy::decide`](crate::policy::Policy::decide), as in the outer lock.
//! 3. A route contains its lock, so it stays guarded in any router.

mod answer;
mod extract;
mod handler;
mod handler_impl;
mod input;
mod list;
mod lock;
mod once;
mod prompt;
mod resource;
mod run;
mod server;
mod tool;

pub use answer::PromptAnswer;
pub use answer::ResourceAnswer;
pub use extract::TokenRejection;
pub use input::ClientInput;
pub use prompt::GuardedPrompt;
pub use prompt::GuardedPrompts;
pub use resource::GuardedResource;
pub use resource::GuardedResources;
pub use resource::ResourceContext;
pub use resource::ResourceUri;
pub use server::Guarded;
pub use server::GuardedServer;
pub use tool::GuardedTool;
pub use tool::GuardedTools;
pub use tool::ToolFunction;

pub use extract::Optional;
pub use extract::Variable;
pub use extract::extract;
pub use extract::extract_optional_token;
pub use extract::optional_variable;
pub use extract::variable;
pub use handler::call_tool;
pub use handler::discover;
pub use handler::get_prompt;
pub use handler::get_tool;
pub use handler::read_resource;
pub use handler::server_info;
pub use handler_impl::Admitted;
pub use handler_impl::GuardedHandler;
pub use handler_impl::MethodSubject;
pub use handler_impl::admit_method;
pub use list::list_prompts;
pub use list::list_resource_templates;
pub use list::list_resources;
pub use list::list_tools;
pub use once::built_once;
pub use run::catch_panic;
pub use run::catch_panic_or;

pub(crate) use resource::no_such_resource;
