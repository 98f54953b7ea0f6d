//! Building blocks for servers that do not use [`ResourceServer`](crate::ResourceServer): the tower layers, and the tables
//! of operations that they guard.

pub use crate::auth::{Auth, AuthLayer, ClientCertificate};
pub use crate::gate::{Gate, GateLayer};
pub use crate::guarded::{
    Guarded, GuardedPrompt, GuardedPrompts, GuardedResource, GuardedResources, GuardedTool, GuardedTools, ToolFunction,
};
pub use crate::operation::{KnownRequirement, MatrixEntry, Operation, ScopeMatrix, ScopesFor};
pub use crate::request::Caller;
pub use crate::server::{ClientService, RouteGate, RouteGuard, RouteLayer};
pub use crate::wire::{Challenger, MetadataService};
