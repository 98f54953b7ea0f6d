//! Building blocks for servers that do not use [`ResourceServer`](crate::ResourceServer): the tower layers, and the tables of operations that they guard.

pub use crate::auth::AuthLayer;
pub use crate::auth::AuthService;
pub use crate::auth::ClientCertificate;
pub use crate::gate::GateLayer;
pub use crate::gate::GateService;
pub use crate::guarded::Guarded;
pub use crate::guarded::GuardedPrompt;
pub use crate::guarded::GuardedPrompts;
pub use crate::guarded::GuardedResource;
pub use crate::guarded::GuardedResources;
pub use crate::guarded::GuardedTool;
pub use crate::guarded::GuardedTools;
pub use crate::guarded::ToolFunction;
pub use crate::operation::Operation;
pub use crate::operation::ScopeMatrix;
pub use crate::operation::ScopesFor;
pub use crate::request::Caller;
pub use crate::wire::ChallengeError;
pub use crate::wire::Challenger;
