//! Scopes beside your MCP tools: an OAuth 2.1 resource server on rmcp and axum that cannot be left open by accident.
//!
//! Put [`#[guarded_tools]`](macro@guarded_tools) on an impl block, [`#[guarded_tool(scope = "..")]`](macro@guarded_tool) on the tools in it, and give the
//! server to a [`ResourceServer`]. What follows from the scopes is done: who is calling (`401`), whether they may (`403` with the scope to ask for), the
//! protected resource metadata that clients read, CORS, sessions that belong to their owner.
//!
//! Two locks ask one [`Policy`]. The [`GateLayer`] stands before rmcp, where the HTTP status can still be chosen, and gives the protocol's answer; the inner
//! lock sits in every tool's route and is the security boundary: it denies every call that no [`AuthLayer`] has seen.
//!
//! # Deployment
//!
//! - The resource URL is what clients type, and what `aud` must say. Behind a proxy it is the proxy's URL; list other host names that reach the server with
//!   [`allowed_hosts`](Network::allowed_hosts).
//! - Tokens need TLS: give the server a certificate with [`tls`](ResourceServerBuilder::tls), or let a proxy in front of it terminate TLS.
//! - A scope says what a client was granted. Whether this *user* may touch this *object* is still the tool's business: key your data by
//!   [`issuer`](ValidatedToken::issuer) and [`subject`](ValidatedToken::subject).
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `aws-lc-rs` (default) | signatures and TLS with aws-lc-rs; needs a C compiler |
//! | `rust-crypto` | signatures in pure Rust, slower; for machines that cannot build C |
//! | `rustls-no-provider` | HTTPS to the authorization server with a rustls `CryptoProvider` that the application installs |
//! | `tls` (default) | the server can terminate TLS itself |

mod auth;
mod config;
mod gate;
mod guarded;
pub mod issuer;
mod json;
mod operation;
mod panics;
mod policy;
mod provider;
mod request;
mod scope;
mod server;
mod throttle;
mod token;
mod urls;
mod validate;
mod wire;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use auth::Auth;
pub use auth::AuthLayer;
pub use auth::ClientCertificate;
pub use config::BuildError;
pub use config::ConfigError;
pub use config::ConfigErrorKind;
pub use config::Setting;
pub use gate::Gate;
pub use gate::GateLayer;
pub use guarded::ClientInput;
pub use guarded::Guarded;
pub use guarded::GuardedPrompt;
pub use guarded::GuardedPrompts;
pub use guarded::GuardedResource;
pub use guarded::GuardedResources;
pub use guarded::GuardedServer;
pub use guarded::GuardedTool;
pub use guarded::GuardedTools;
pub use guarded::ResourceContext;
pub use guarded::ResourceUri;
pub use guarded::TokenRejection;
pub use guarded::ToolFunction;
pub use issuer::Issuer;
pub use issuer::IssuerValidator;
/// Makes a vocabulary of an enum: every scope that a server knows, declared once.
///
/// # Grammar
///
/// On every variant:
///
/// ```text
/// #[scope("todo:write")]
/// #[scope("todo:write", implies(Read, Other))]
/// ```
///
/// The text is checked against the grammar of RFC 6749 section 3.3 while compiling. `implies(..)` names the variants that whoever holds this one holds, too.
/// The doc comment of a variant says what the scope allows.
///
/// On the enum, if `mcp_guard` is not found under that name:
///
/// ```text
/// #[scopes(crate = path)]
/// ```
///
/// # Typing requirements
///
/// An enum without parameters, with at least one variant and no data in any of them. Every text is another one. No scope implies itself, not even by way of
/// others.
///
/// # Semantics
///
/// The enum implements [`Scopes`](trait@Scopes), and converts into [`Scope`] and [`ScopeSet`]: wherever a scope is asked for, a variant will do. Given to a
/// server, as in `#[guarded_tools(scopes = TodoScope)]`, it is what the texts beside the tools are checked against.
///
/// Implications are closed transitively when the server is built. Nothing is guessed from the spelling of a scope.
///
/// # Example
///
/// ```
/// use mcp_guard::Requirement;
/// use mcp_guard::prelude::*;
///
/// /// What a caller may be allowed to do.
/// #[derive(Scopes)]
/// enum TodoScope {
///     /// See your todos.
///     #[scope("todo:read")]
///     Read,
///     /// Create and change your todos.
///     #[scope("todo:write", implies(Read))]
///     Write,
/// }
///
/// struct Todos;
///
/// #[guarded_tools(scopes = TodoScope)]
/// impl Todos {
///     /// List your todos.
///     #[guarded_tool(scope = "todo:read", read_only)] // "todo:raed" would not compile
///     async fn list_todos(&self) -> String {
///         String::new()
///     }
///
///     /// Forget your todos.
///     #[guarded_tool(scope = TodoScope::Write, destructive)]
///     async fn clear(&self) {}
/// }
///
/// let required = Requirement::scope(TodoScope::Write.into());
/// assert_eq!(Todos::guarded_tools().requirement("clear"), Some(&required));
/// assert_eq!(ScopeSet::from([TodoScope::Write, TodoScope::Read]).to_string(), "todo:read todo:write");
/// ```
pub use mcp_guard_macros::Scopes;
/// Guards an `impl ServerHandler` that is written by hand, and writes the methods that it lacks.
///
/// # Grammar
///
/// ```text
/// #[guarded_handler]
/// #[guarded_handler(crate = path)]
/// ```
///
/// Every method that answers requests carries `#[guarded(..)]`, with exactly one requirement as [`#[guarded_tool]`](macro@guarded_tool) takes it; but not
/// those that open a connection or tell of the server (`initialize`, `discover`, `ping`, `get_info` and the like), nor those for notifications.
///
/// # Typing requirements
///
/// Such a method is an `async fn`. `call_tool`, `list_tools` and `get_tool` belong to the guard; `on_custom_request` and `on_custom_notification` cannot be
/// guarded and do not compile, nor do methods that the guard does not know, macro calls in the block, and other attributes below this one
/// than the compiler's own, such as `cfg`, `doc` and `allow`. The type has an impl
/// block with `#[guarded_tools(own_handler)]`.
///
/// # Semantics
///
/// The requirement is decided in the gate and again before the body of the method runs. A request about a guarded prompt or resource (`completion/complete`,
/// `resources/subscribe`) needs what that requires, besides. [`ValidatedToken::of`] the context is the caller's token. `get_info` may tell of what is guarded with
/// [`Self::capabilities()`](GuardedServer::capabilities).
///
/// # Example
///
/// ```
/// use mcp_guard::prelude::*;
/// use rmcp::model::{CompleteRequestParams, CompleteResult};
/// use rmcp::service::RequestContext;
/// use rmcp::{ErrorData, RoleServer, ServerHandler};
///
/// struct Todos;
///
/// #[guarded_tools(own_handler)]
/// impl Todos {
///     /// List your todos.
///     #[guarded_tool(scope = "todo:read")]
///     fn list_todos(&self) {}
/// }
///
/// #[guarded_handler]
/// impl ServerHandler for Todos {
///     #[guarded(scope = "todo:read")]
///     async fn complete(
///         &self,
///         request: CompleteRequestParams,
///         context: RequestContext<RoleServer>,
///     ) -> Result<CompleteResult, ErrorData> {
///         Ok(CompleteResult::default())
///     }
/// }
///
/// assert_eq!(
///     Todos::scope_matrix().to_string(),
///     "tool    list_todos           todo:read
/// method  completion/complete  todo:read
/// "
/// );
/// ```
pub use mcp_guard_macros::guarded_handler;
/// Makes a guarded prompt of a method in an impl block with [`#[guarded_tools]`](macro@guarded_tools).
///
/// # Grammar
///
/// Exactly one requirement, and `scopes_for`, as [`#[guarded_tool]`](macro@guarded_tool) takes them. And as many as you like of `name = ".."`,
/// `title = ".."`, `description = ..`, `icons = ..` and `meta = ..`.
///
/// # Typing requirements
///
/// Those of a tool, but for the answer: a `String`, which is what the user says, a `PromptMessage`, a `Vec` of them, a `GetPromptResult`, or a `Result` of
/// such a type and an error that converts into rmcp's `ErrorData`.
///
/// # Semantics
///
/// Those of a tool. The arguments that a client is told of are the properties of `T` in `Parameters<T>`.
///
/// # Example
///
/// ```
/// use mcp_guard::prelude::*;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct About {
///     /// What the plan is about.
///     topic: String,
/// }
///
/// struct Todos;
///
/// #[guarded_tools]
/// impl Todos {
///     /// Plan the day.
///     #[guarded_prompt(scope = "todo:read")]
///     fn plan(&self, Parameters(about): Parameters<About>) -> String {
///         format!("Plan my day around {}.", about.topic)
///     }
/// }
/// ```
pub use mcp_guard_macros::guarded_prompt;
/// Makes a guarded resource, or a resource template, of a method in an impl block with [`#[guarded_tools]`](macro@guarded_tools).
///
/// # Grammar
///
/// `uri = ".."`: a URI, or a URI template (RFC 6570) with `{id}` for a name, `{+path}` at the end for a relative path, and `{?key}` for a query; see
/// [`mcp_guard_uri`] for what these match. Exactly one requirement, as [`#[guarded_tool]`](macro@guarded_tool) takes it. And as many as you like of these:
///
/// | argument | meaning | without it |
/// |---|---|---|
/// | `scopes_for = ..` | further scopes, computed from the variables of the template: a closure that names those it wants, or a function that takes all of them in their order; by reference to the type of the parameter with that name, or else to `String` | – |
/// | `name = ".."` | the resource's name | the method's |
/// | `title = ".."`, `description = ..` | what people read | –, the doc comment |
/// | `mime_type = ".."` | the type of the content | that of the answer |
/// | `icons = ..`, `meta = ..` | a `Vec<Icon>`, a `MetaObject` | – |
///
/// # Typing requirements
///
/// Those of a tool. A parameter with the name of a variable is that variable, of any type that implements `FromStr`, or of its `Option` where a URI may leave
/// it out; `Parameters<T>` is all of them, [`ResourceUri`] the whole URI. The answer is a `String`, a `Vec<u8>`, `Json<T>`, a `ResourceContents`, a `Vec` of
/// them, or a `Result` of such a type and an error that converts into rmcp's `ErrorData`.
///
/// # Semantics
///
/// Those of a tool. A URI is read by the resource that has exactly this URI, else by the template that describes it; two templates for the same URI do not
/// build. Values are percent-decoded once. A variable that is no value of its type is an unknown resource.
///
/// # Example
///
/// ```
/// use mcp_guard::prelude::*;
///
/// struct Todos;
///
/// #[guarded_tools]
/// impl Todos {
///     /// One of your todos.
///     #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
///     async fn todo(&self, id: u64, token: ValidatedToken) -> String {
///         format!("todo {id} of {}", token.subject())
///     }
///
///     /// The todos of a list, for whoever may see the list.
///     #[guarded_resource(
///         uri = "todo://lists/{list}",
///         authenticated,
///         scopes_for = |list| Scope::new(format!("todo:list:{list}"))
///     )]
///     async fn list(&self, list: String) -> String {
///         format!("the todos of {list}")
///     }
/// }
/// ```
pub use mcp_guard_macros::guarded_resource;
/// Makes a guarded tool of a method in an impl block with [`#[guarded_tools]`](macro@guarded_tools), or of a free function.
///
/// It replaces rmcp's `#[tool]`, takes the same arguments, and wants one more: what the tool requires of its caller. There is no default, so that nothing
/// is open because someone forgot.
///
/// # Grammar
///
/// Exactly one requirement:
///
/// | argument | who may call | what a challenge names |
/// |---|---|---|
/// | `scope = "a"` | who holds this scope, or one that implies it | `a` |
/// | `scopes = ["a", "b"]` | who holds all of them | `a b` |
/// | `any_of = ["a", "b"]` | who holds one of them | `a`: a challenge cannot say "or" |
/// | `authenticated` | everybody with a valid token that has the baseline | the baseline |
/// | `public` | everybody, if the server lets anonymous callers in at all | nothing |
///
/// A scope is a string literal, checked against the grammar of RFC 6749 section 3.3 while compiling, or the path of a constant or variant that converts
/// into a [`Scope`].
///
/// And as many as you like of these:
///
/// | argument | meaning | without it |
/// |---|---|---|
/// | `scopes_for = ..` | further scopes, computed from the arguments of a call: a function or closure that takes the `T` of `Parameters<T>` by reference and answers with what converts into a [`ScopeSet`], or with a `Result` of that and [`InvalidScope`] | – |
/// | `name = ".."` | the tool's name | the method's |
/// | `title = ".."` | its name for people | – |
/// | `description = ..` | what it does | the doc comment |
/// | `input_schema = ..`, `output_schema = ..` | its schemas, as `Arc<JsonObject>` | those of `Parameters<T>` and `Json<T>` |
/// | `icons = ..`, `meta = ..` | a `Vec<Icon>`, a `MetaObject` | – |
/// | `read_only`, `destructive`, `idempotent`, `open_world` | a hint, also with `= false` | – |
/// | `annotations(title = "..", read_only_hint = true, ..)` | the same hints, as rmcp writes them | – |
///
/// On a free function also `crate = path`, where `mcp_guard` is found.
///
/// # Typing requirements
///
/// The method takes `&self` or no receiver; a free function takes the server as its first parameter, by shared reference, or not at all. It has no type parameters, and is neither `const` nor `unsafe`. Every parameter is an extractor: `Parameters<T>`
/// for the arguments of the call, [`ValidatedToken`] or [`Claims<T>`](Claims) for the caller, `Option<ValidatedToken>` for a tool that is `public`, and all that
/// rmcp's tools take. It may be asynchronous, as an `async fn` or by returning `impl Future`, `BoxFuture` or `Pin<Box<dyn Future>>`; the future is `Send`. Its
/// answer is what rmcp's tools answer: a `String`, `Json<T>`, a `CallToolResult`, or a `Result` of such types. For `token.require(..)?` the error is
/// [`InsufficientScope`], rmcp's `ErrorData`, or one of yours that is made from `InsufficientScope`.
///
/// # Semantics
///
/// The requirement is decided before the parameters are read. Parameters are read in their order, before the method runs; one that cannot be read is an error
/// of the call. A caller never shows in the input schema.
///
/// What `scopes_for` computes is needed besides the requirement, and is decided where the requirement is: in the gate, so that a challenge names everything,
/// and again in the tool's own lock. Arguments that are no `T` are the error that they always are, and nothing runs. Where a scope is made of what the client
/// sent, answer with the `Result` of [`Scope::new`]: what no scope can spell is then refused, while `None` and an empty set add nothing. It is not called for
/// a caller without a valid token, whose challenge names the requirement alone. What depends on more than the arguments is asked for in the body, with
/// [`ValidatedToken::require`].
///
/// A free function stays what it is, and a type of its name is made beside it: list the name in `#[guarded_tools(tools = [..])]`.
///
/// # Example
///
/// ```
/// use mcp_guard::prelude::*;
///
/// const DELETE: Scope = Scope::from_static("todo:delete");
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct ById {
///     id: u64,
/// }
///
/// struct Todos;
///
/// #[guarded_tools]
/// impl Todos {
///     /// Delete a todo for good.
///     #[guarded_tool(scopes = ["todo:write", DELETE], destructive)]
///     async fn delete_todo(&self, Parameters(todo): Parameters<ById>, token: ValidatedToken) -> Result<String, String> {
///         Ok(format!("{} deleted {}", token.subject(), todo.id))
///     }
///
///     /// Greet whoever calls.
///     #[guarded_tool(public)]
///     fn hello(&self, token: Option<ValidatedToken>) -> String {
///         token.map_or_else(|| "Hello!".to_owned(), |token| format!("Hello, {}!", token.subject()))
///     }
/// }
///
/// assert_eq!(Todos.hello(None), "Hello!");
/// ```
pub use mcp_guard_macros::guarded_tool;
/// Makes a guarded server of the methods in an impl block.
///
/// Every method with [`#[guarded_tool]`](macro@guarded_tool) becomes a tool; the others stay what they are, and so do the tools: plain methods, to be
/// called in a test for example.
///
/// # Grammar
///
/// ```text
/// #[guarded_tools]
/// #[guarded_tools(name = "..", title = "..", version = "..", instructions = "..", scopes = TodoScope, crate = path)]
/// #[guarded_tools(tools = [list_todos, other::tool], extend = path, own_handler)]
/// ```
///
/// Every argument may be left out. The first four are what the server says of itself; without `name` and `version` these are those of the package.
/// `scopes` names the vocabulary, an enum with [`#[derive(Scopes)]`](derive@Scopes): a scope in the block that is written as a text and is not in it does not
/// compile. `crate` says where `mcp_guard` is found, if not there.
///
/// `tools` lists free functions with `#[guarded_tool]` that are tools of this server, too. `extend` names a function that takes `&mut Guarded<Self>` and adds
/// what only a running program knows, a plain rmcp router for example, with [`GuardedTools::merge`]. `own_handler` says that there is an
/// `impl ServerHandler` with [`#[guarded_handler]`](macro@guarded_handler).
///
/// # Typing requirements
///
/// The block is an inherent one with at least one tool, prompt or resource, or with `tools` or `extend`. Its type is `Send + Sync + 'static` and may have parameters. No two tools and no
/// two prompts have the same name, no two resources the same URI.
///
/// # Semantics
///
/// The type gets two implementations: [`GuardedServer`], with everything that it offers and what each requires, and rmcp's `ServerHandler`, which answers the
/// requests about it. An operation runs only for callers who satisfy its requirement, on every transport. rmcp's own `#[tool]` and `#[prompt]` do not compile
/// in the block: they would be open.
///
/// # Example
///
/// ```
/// use mcp_guard::Requirement;
/// use mcp_guard::prelude::*;
///
/// struct Todos;
///
/// #[guarded_tools(name = "todos", instructions = "Keeps your todos.")]
/// impl Todos {
///     /// List your todos.
///     #[guarded_tool(scope = "todo:read", read_only)]
///     async fn list_todos(&self, token: ValidatedToken) -> String {
///         format!("the todos of {}", token.subject())
///     }
/// }
///
/// let required = Requirement::scope(Scope::new("todo:read")?);
/// assert_eq!(Todos::guarded_tools().requirement("list_todos"), Some(&required));
/// # Ok::<(), mcp_guard::InvalidScope>(())
/// ```
pub use mcp_guard_macros::guarded_tools;
pub use operation::Operation;
pub use operation::ScopeMatrix;
pub use operation::ScopesFor;
pub use policy::AnyOf;
pub use policy::Client;
pub use policy::Decision;
pub use policy::Denial;
pub use policy::Policy;
pub use policy::Requirement;
pub use policy::Visibility;
pub use provider::GitHubProvider;
pub use provider::GoogleProvider;
pub use provider::IntrospectionProvider;
pub use provider::JwtProvider;
pub use provider::Provider;
pub use provider::ScalekitProvider;
pub use request::Caller;
pub use scope::Hierarchy;
pub use scope::InvalidScope;
pub use scope::Scope;
pub use scope::ScopeSet;
pub use scope::Scopes;
pub use scope::Vocabulary;
pub use server::Connections;
pub use server::Disclosure;
pub use server::EnvConfig;
pub use server::EnvError;
pub use server::Limits;
pub use server::LocalServer;
pub use server::LocalServerBuilder;
pub use server::Network;
pub use server::NoTools;
pub use server::Observation;
pub use server::ResourceMetadata;
pub use server::ResourceServer;
pub use server::ResourceServerBuilder;
pub use server::ServeError;
pub use server::Sessions;
pub use server::Tools;
pub use token::BearerToken;
pub use token::Claims;
pub use token::ClaimsError;
pub use token::InsufficientScope;
pub use token::InvalidToken;
pub use token::Principal;
pub use token::TokenError;
pub use token::TokenParts;
pub use token::ValidatedToken;
pub use validate::Algorithm;
pub use validate::Cached;
pub use validate::CachedBuilder;
pub use validate::ClientAuthentication;
pub use validate::Dpop;
pub use validate::Readiness;
pub use validate::StaticTokens;
pub use validate::TokenCacheHandle;
pub use validate::TokenProfile;
pub use validate::TokenValidator;
pub use wire::BearerError;
pub use wire::Challenger;

/// What a server needs in its first ten minutes.
pub mod prelude {
    pub use rmcp::handler::server::wrapper::Json;
    pub use rmcp::handler::server::wrapper::Parameters;

    pub use crate::Claims;
    pub use crate::GuardedServer;
    pub use crate::Scope;
    pub use crate::ScopeSet;
    pub use crate::Scopes;
    pub use crate::ValidatedToken;
    pub use crate::guarded_handler;
    pub use crate::guarded_prompt;
    pub use crate::guarded_resource;
    pub use crate::guarded_tool;
    pub use crate::guarded_tools;
}

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
