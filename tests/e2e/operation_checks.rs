//! Invalid operations are detected when the server is built.

use http::StatusCode;
use mcp_guard::layer::{Guarded, GuardedPrompt, GuardedResource};
use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;
use mcp_guard::{BuildError, LocalServer};
use mcp_guard_dev::DevAuthServer;
use rmcp::handler::server::router::tool::{ToolRoute, ToolRouter};
use rmcp::model::{
    CallToolResult, GetPromptRequestParams, GetPromptResponse, GetPromptResult, Prompt, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceTemplate, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;

use crate::support::{Runs, Server, VERSIONS, builder, call, request_in};

/// Defines a server with one tool and the operations that `$extend` adds.
macro_rules! server {
    ($name:ident, $extend:expr) => {
        #[derive(Clone)]
        struct $name;

        #[guarded_tools(extend = Self::extend)]
        impl $name {
            /// A tool of its own.
            #[guarded_tool(scope = "todo:read")]
            fn own(&self) -> String {
                "own".to_owned()
            }

            fn extend(guarded: &mut Guarded<Self>) {
                let extend: fn(&mut Guarded<Self>) = $extend;
                extend(guarded);
            }
        }
    };
}

fn route<S: Send + Sync + 'static>(name: &'static str) -> ToolRoute<S> {
    ToolRoute::new_dyn(Tool::new(name, "A plain one.", std::sync::Arc::default()), |_| {
        Box::pin(async { Ok(CallToolResult::success(Vec::new()).into()) })
    })
}

fn router<S: Send + Sync + 'static>(names: &[&'static str]) -> ToolRouter<S> {
    let mut router = ToolRouter::new();
    for name in names {
        router.add_route(route(name));
    }
    router
}

fn prompt<S: Send + Sync + 'static>(name: &str, requirement: Requirement) -> GuardedPrompt<S> {
    let prompt = Prompt::new(name, Some("A prompt."), None);
    GuardedPrompt::new(prompt, requirement, None, |_| Box::pin(async { Ok(GetPromptResult::new(Vec::new()).into()) }))
}

fn resource<S: Send + Sync + 'static>(uri: &str) -> GuardedResource<S> {
    let resource = Resource::new(uri, "resource");
    GuardedResource::new(resource, Requirement::Authenticated, None, |_| {
        Box::pin(async { Ok(ReadResourceResult::new(Vec::new()).into()) })
    })
}

fn template<S: Send + Sync + 'static>(uri: &str) -> GuardedResource<S> {
    let template = ResourceTemplate::new(uri, "template");
    GuardedResource::template(template, Requirement::Authenticated, None, |_| {
        Box::pin(async { Ok(ReadResourceResult::new(Vec::new()).into()) })
    })
}

fn read() -> Requirement {
    Requirement::scope(Scope::from_static("todo:read"))
}

server!(Plain, |guarded| guarded.tools_mut().merge(router(&["b", "a"]), &read()));
server!(Named, |guarded| guarded.tools_mut().merge_each(router(&["b", "a"]), [("a", read()), ("b", read())]));
server!(Unguarded, |guarded| guarded.tools_mut().merge_each(router(&["a", "b"]), [("a", read())]));
server!(Misspelt, |guarded| guarded.tools_mut().merge_each(router(&["a"]), [("a", read()), ("A", read())]));
server!(Repeated, |guarded| guarded.tools_mut().merge_each(router(&["a"]), [("a", read()), ("a", read())]));
server!(Nothing, |guarded| guarded.tools_mut().merge_each(router(&["a"]), []));
server!(Taken, |guarded| guarded.tools_mut().merge(router(&["own"]), &Requirement::Authenticated));
server!(Public, |guarded| guarded.tools_mut().merge(router(&["a"]), &Requirement::Public));
server!(Offline, |guarded| {
    let requirement = Requirement::scope(Scope::from_static("offline_access"));
    guarded.tools_mut().merge(router(&["a"]), &requirement);
});
server!(Off, |guarded| {
    let mut plain = router(&["a", "off"]);
    plain.disable_route("off");
    guarded.tools_mut().merge(plain, &read());
});
server!(OffByName, |guarded| {
    let mut plain = router(&["a", "off"]);
    plain.disable_route("off");
    guarded.tools_mut().merge_each(plain, [("a", read())]);
});
server!(OffAndGuarded, |guarded| {
    let mut plain = router(&["a", "off"]);
    plain.disable_route("off");
    guarded.tools_mut().merge_each(plain, [("a", read()), ("off", read())]);
});
server!(Prompts, |guarded| {
    guarded.prompts_mut().add(prompt("p", read()));
    guarded.prompts_mut().add(prompt("p", Requirement::Public));
});
server!(PublicPrompt, |guarded| guarded.prompts_mut().add(prompt("p", Requirement::Public)));
server!(Resources, |guarded| {
    guarded.resources_mut().add(resource("todo://a"));
    guarded.resources_mut().add(resource("todo://a"));
});
server!(Templates, |guarded| {
    guarded.resources_mut().add(template("todo://{id}"));
    guarded.resources_mut().add(template("todo://{id}"));
});
server!(Ambiguous, |guarded| {
    guarded.resources_mut().add(template("todo://{id}"));
    guarded.resources_mut().add(template("todo://{name}"));
});
server!(HalfAmbiguous, |guarded| {
    guarded.resources_mut().add(template("todo://a/{id}"));
    guarded.resources_mut().add(template("todo://{+path}"));
});
server!(Distinct, |guarded| {
    guarded.resources_mut().add(template("todo://a/{id}"));
    guarded.resources_mut().add(template("todo://b/{id}"));
    guarded.resources_mut().add(resource("todo://a/1"));
});
server!(NoTemplate, |guarded| guarded.resources_mut().add(template("todo://{id")));

/// Defines a server that implements prompts and resources by hand, and also adds guarded ones.
macro_rules! by_hand {
    ($name:ident, $add:expr, $($method:tt)+) => {
        #[derive(Clone)]
        struct $name;

        #[guarded_tools(own_handler, extend = Self::extend)]
        impl $name {
            /// A tool of its own.
            #[guarded_tool(scope = "todo:read")]
            fn own(&self) -> String {
                "own".to_owned()
            }

            fn extend(guarded: &mut Guarded<Self>) {
                let extend: fn(&mut Guarded<Self>) = $add;
                extend(guarded);
            }
        }

        #[guarded_handler]
        impl ServerHandler for $name {
            $($method)+
        }
    };
}

by_hand! {
    PromptsByHand,
    |guarded| guarded.prompts_mut().add(prompt("p", read())),
    #[guarded(scope = "todo:read")]
    async fn get_prompt(
        &self,
        _: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        Ok(GetPromptResult::new(Vec::new()).into())
    }
}

by_hand! {
    ResourcesByHand,
    |guarded| guarded.resources_mut().add(template("todo://{id}")),
    #[guarded(scope = "todo:read")]
    async fn read_resource(
        &self,
        _: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Ok(ReadResourceResult::new(Vec::new()).into())
    }
}

/// The permissions that a caller can be granted.
#[derive(Scopes)]
enum Known {
    /// Read it.
    #[scope("todo:read")]
    Read,
}

#[derive(Clone)]
struct Unknown;

#[guarded_tools(scopes = Known, extend = Self::extend)]
impl Unknown {
    /// A tool of its own.
    #[guarded_tool(scope = "todo:read")]
    fn own(&self) -> String {
        "own".to_owned()
    }

    fn extend(guarded: &mut Guarded<Self>) {
        let any = Requirement::any(Known::Read.into(), [Scope::from_static("todo:raed")]);
        guarded.tools_mut().merge(router(&["a"]), &any);
    }
}

#[derive(Clone)]
struct KnownOnly;

#[guarded_tools(scopes = Known)]
impl KnownOnly {
    /// A tool of its own.
    #[guarded_tool(scope = "todo:read")]
    fn own(&self) -> String {
        "own".to_owned()
    }
}

/// Builds a local server. All kinds of servers have the same checks, and this kind compiles fastest.
fn mistake<S: GuardedServer>(server: S) -> Option<BuildError> {
    LocalServer::builder(server, None).baseline([Scope::from_static("todo:read")]).build().err()
}

macro_rules! mistakes {
    ($($server:expr => $pattern:pat, [$($text:literal),+];)+) => {$(
        let case = stringify!($server);
        let error = mistake($server);
        assert!(matches!(error, Some($pattern)), "{case}: {error:?}");
        let message = error.unwrap().to_string();
        for text in [$($text),+] {
            assert!(message.contains(text), "{case}: {message}");
        }
    )+};
}

#[test]
fn invalid_operations_are_build_errors() {
    mistakes! {
        Unguarded => BuildError::UnguardedTool(_), ["\"b\"", "merge_each"];
        Nothing => BuildError::UnguardedTool(_), ["\"a\""];
        Misspelt => BuildError::NoSuchTool(_), ["\"A\"", "correct the name"];
        Repeated => BuildError::RepeatedRequirement(_), ["\"a\"", "keep one"];
        Taken => BuildError::DuplicateTool(_), ["\"own\""];
        Public => BuildError::Public(_), ["the tool \"a\"", ".allow_anonymous()"];
        Offline => BuildError::OfflineAccess { .. }, ["the tool \"a\"", "offline_access"];
        Prompts => BuildError::DuplicatePrompt(_), ["\"p\"", "rename"];
        PublicPrompt => BuildError::Public(_), ["the prompt \"p\"", ".allow_anonymous()"];
        Resources => BuildError::DuplicateResource(_), ["\"todo://a\""];
        Templates => BuildError::DuplicateResource(_), ["\"todo://{id}\""];
        Ambiguous => BuildError::AmbiguousTemplates(..), ["\"todo://{id}\"", "\"todo://{name}\"", "literal part"];
        HalfAmbiguous => BuildError::AmbiguousTemplates(..), ["\"todo://a/{id}\"", "\"todo://{+path}\""];
        NoTemplate => BuildError::UriTemplate { .. }, ["\"todo://{id\""];
        PromptsByHand => BuildError::Unserved { .. }, ["the prompt \"p\"", "prompts/get"];
        ResourcesByHand => BuildError::Unserved { .. }, ["the template \"todo://{id}\"", "resources/read"];
        Unknown => BuildError::UnknownScope { .. }, ["the tool \"a\"", "\"todo:raed\"", "vocabulary"];
    }
}

/// Has an unguarded tool, a template that is never served, and two mistakes in scopes.
#[derive(Clone)]
struct Several;

#[guarded_tools(scopes = Known, own_handler, extend = Self::extend)]
impl Several {
    /// A tool of its own.
    #[guarded_tool(scope = "todo:read")]
    fn own(&self) -> String {
        "own".to_owned()
    }

    fn extend(guarded: &mut Guarded<Self>) {
        guarded
            .tools_mut()
            .merge_each(router(&["a", "b"]), [("a", Requirement::scope(Scope::from_static("todo:raed")))]);
        guarded.resources_mut().add(template("todo://{id}"));
    }
}

#[guarded_handler]
impl ServerHandler for Several {
    #[guarded(authenticated)]
    async fn read_resource(
        &self,
        _: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Ok(ReadResourceResult::new(Vec::new()).into())
    }
}

#[test]
fn all_mistakes_of_a_server_are_reported() {
    let builder = LocalServer::builder(Several, None).allow_anonymous();
    let error = builder.baseline([Scope::from_static("offline_access")]).build().unwrap_err();
    let BuildError::Several(errors) = &error else { panic!("{error:?}") };
    assert!(errors.iter().any(|error| matches!(error, BuildError::UnguardedTool(_))), "{error}");
    assert!(errors.iter().any(|error| matches!(error, BuildError::Unserved { .. })), "{error}");
    assert!(errors.iter().any(|error| matches!(error, BuildError::NothingPublic)), "{error}");
    assert!(errors.iter().any(|error| matches!(error, BuildError::OfflineAccess { .. })), "{error}");
    assert!(errors.iter().any(|error| matches!(error, BuildError::UnknownScope { .. })), "{error}");
    assert_eq!(errors.len(), 5, "{error}");
}

#[test]
fn valid_operations_build() {
    let errors = [
        mistake(Plain),
        mistake(Named),
        mistake(Off),
        mistake(OffByName),
        mistake(OffAndGuarded),
        mistake(Distinct),
        mistake(KnownOnly),
    ];
    for (at, error) in errors.into_iter().enumerate() {
        assert!(error.is_none(), "{at}: {error:?}");
    }
}

#[tokio::test]
async fn http_and_local_servers_have_the_same_checks() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let error = builder(&issuer).tools(Unguarded).build().await.err();
    assert!(matches!(error, Some(BuildError::UnguardedTool(_))), "{error:?}");
}

#[test]
fn baseline_requires_known_scopes() {
    let baseline = |scope| LocalServer::builder(KnownOnly, None).baseline([Scope::from_static(scope)]).build().err();
    let error = baseline("todo:raed");
    let Some(BuildError::UnknownScope { scope, place }) = error else { panic!("{error:?}") };
    assert_eq!((scope.as_str(), place.as_str()), ("todo:raed", "the baseline"));
    assert!(baseline("todo:read").is_none());
}

#[tokio::test]
async fn plain_tools_are_guarded_and_disabled_tools_stay_off() {
    for (server, off) in [
        (Server::serve(Runs::default(), Named).await, false),
        (Server::serve(Runs::default(), Off).await, true),
        (Server::serve(Runs::default(), OffAndGuarded).await, true),
    ] {
        assert_eq!(server.call("a", &server.token("other")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(server.send(call("a").build()).await.status, StatusCode::UNAUTHORIZED);
        let allowed = server.call("a", &server.token("todo:read")).await;
        assert!(allowed.json()["result"].is_object(), "{allowed:?}");
        let post = request_in(VERSIONS[2], "tools/list", json!({})).bearer(&server.token("todo:read"));
        let names = crate::library::shown(&server.send(post.build()).await.json()["result"]);
        assert_eq!(names, if off { ["a", "own"].as_slice() } else { &["a", "b", "own"] });
        let called = server.call("off", &server.token("todo:read")).await;
        assert_eq!(called.json()["error"]["code"], -32602, "{called:?}");
    }
}
