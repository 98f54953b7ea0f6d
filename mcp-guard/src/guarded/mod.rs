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
//! 4. The id of a task and the `requestState` of an operation are opened after the decision, for their owner only, and
//!    sealed in the result.

mod answer;
mod entry_limits;
mod extract;
mod handler;
mod handler_impl;
mod input;
mod list;
mod lock;
mod once;
mod prompt;
mod request_state;
mod resource;
mod run;
mod sealing;
mod server;
mod task;
mod tool;

pub use answer::{PromptAnswer, ResourceAnswer};
pub use extract::TokenRejection;
pub use input::ClientInput;
pub use prompt::{GuardedPrompt, GuardedPrompts};
pub use resource::{GuardedResource, GuardedResources, ResourceContext, ResourceUri};
pub use server::{Guarded, GuardedServer};
pub use tool::{GuardedTool, GuardedTools, ToolFunction};

pub use extract::{Optional, Variable, extract, extract_optional_token, optional_variable, variable};
pub use handler::{call_tool, discover, get_prompt, get_tool, read_resource, server_info};
pub use handler_impl::{Admitted, GuardedHandler, GuardedMethod, MethodSubject, admit_method};
pub use list::{list_prompts, list_resource_templates, list_resources, list_tools};
pub use once::built_once;
pub use run::{catch_panic, catch_panic_or};

pub(crate) use resource::no_such_resource;
