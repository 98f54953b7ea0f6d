//! The rmcp side: guarded operations, the inner lock, and the extractors.
//!
//! The outer lock (the [gate](crate::GateLayer)) gives the protocol's answer; the inner lock is the security boundary. It decides on what rmcp
//! really dispatches, on every transport, before the arguments are parsed:
//!
//! 1. No [`Caller`](crate::Caller) in the request's context (the layer is missing, another transport) means denied.
//! 2. The decision is the one of [`Policy::decide`](crate::Policy::decide), the same as the outer lock's.
//! 3. A route carries its lock with it: it stays locked in whatever router it ends up.

mod answer;
mod by_hand;
mod extract;
mod handler;
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

pub use by_hand::About;
pub use by_hand::Admitted;
pub use by_hand::GuardedHandler;
pub use by_hand::admit_method;
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
pub use list::list_prompts;
pub use list::list_resource_templates;
pub use list::list_resources;
pub use list::list_tools;
pub use once::built_once;
pub use run::catch_panic;
pub use run::catch_panic_or;

pub(crate) use resource::no_such_resource;
