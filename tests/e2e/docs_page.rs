//! The documentation page: who may read it, and what it shows.

use axum::Router;
use http::{Method, StatusCode};
use mcp_guard::policy::Visibility;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Disclosure, DocsPage, NoTools, Observation, ResourceMetadata};
use mcp_guard::{ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::DevAuthServer;

use crate::library::Library;
use crate::support::{Answer, Fixture, Post, RESOURCE, Server, builder, call, exchange, raw};

/// A server whose texts would end the elements that contain them.
#[derive(Clone)]
struct Hostile;

#[guarded_tools]
impl Hostile {
    /// </textarea></script><script>alert(1)</script>"onload="
    #[guarded_tool(scope = "todo:read")]
    fn hostile(&self) -> String {
        String::new()
    }
}

fn page() -> Post {
    raw("").method(Method::GET).uri("/docs").without("content-type").set("accept", "text/html")
}

/// Starts the library with a documentation page, for anonymous callers as well.
async fn serve(
    docs: DocsPage,
    configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> Server {
    let library = Library::default();
    let runs = library.runs.clone();
    let configure =
        |builder: ResourceServerBuilder<NoTools>| configure(builder.observation(Observation::new().docs(docs)));
    Server::serve_with(runs, library, |builder| configure(builder.allow_anonymous())).await
}

async fn get(server: &Server, post: Post) -> Answer {
    server.send(post.build()).await
}

#[tokio::test]
async fn page_is_served_only_on_request() {
    let server = Server::start().await;
    assert_eq!(get(&server, page()).await.status, StatusCode::NOT_FOUND);
    let token = server.token("todo:read");
    assert_eq!(get(&server, page().bearer(&token)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn open_page_shows_operations_and_requirements() {
    let server = serve(DocsPage::open(), |builder| {
        builder.metadata(ResourceMetadata::new().name("A library").documentation("https://docs.example.com/"))
    })
    .await;
    let answer = get(&server, page()).await;
    assert_eq!(answer.status, StatusCode::OK);
    for expected in [
        "<h1>A library</h1>",
        RESOURCE,
        "claude mcp add --transport http a-library https://todo.example.com/mcp",
        "https://todo.example.com/.well-known/oauth-protected-resource/mcp",
        "href=\"https://docs.example.com/\"",
        server.issuer.issuer(),
        "data-endpoint=\"/mcp\"",
        "todo:write",
    ] {
        assert!(answer.text.contains(expected), "{expected}: {}", answer.text);
    }
    for (operation, _) in Library::scope_matrix().iter() {
        assert!(answer.text.contains(&format!("<code>{}</code>", operation.name())), "{operation}");
    }
    let head = get(&server, page().method(Method::HEAD)).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(get(&server, page().method(Method::POST)).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn page_has_strict_headers() {
    for (docs, token) in [(DocsPage::open(), false), (DocsPage::guarded(), true)] {
        let server = serve(docs, |builder| builder).await;
        let token = token.then(|| server.token("todo:read"));
        let answer = get(&server, token.iter().fold(page(), |post, token| post.bearer(token))).await;
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = answer.header("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.split("; ").any(|found| found == directive), "{directive}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        assert!(answer.header("access-control-allow-origin").is_none());
    }
}

#[tokio::test]
async fn guarded_page_requires_a_token_with_the_baseline() {
    let server = serve(DocsPage::guarded(), |builder| builder).await;
    let missing = get(&server, page()).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert!(missing.challenge().contains("scope=\"todo:read\""), "{missing:?}");
    assert!(!missing.text.contains("todo:write"), "{missing:?}");
    let (low, enough) = (server.token("other"), server.token("todo:read"));
    let low = get(&server, page().bearer(&low)).await;
    assert_eq!(low.status, StatusCode::FORBIDDEN);
    assert!(low.challenge().contains("insufficient_scope"), "{low:?}");
    assert_eq!(get(&server, page().bearer("garbage")).await.status, StatusCode::UNAUTHORIZED);
    let shown = get(&server, page().bearer(&enough)).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text.contains("todo:write") && !shown.text.contains(&enough), "{shown:?}");
}

#[tokio::test]
async fn guarded_page_shows_only_granted_operations() {
    let hide =
        |builder: ResourceServerBuilder<NoTools>| builder.disclosure(Disclosure::new().visibility(Visibility::Granted));
    let server = serve(DocsPage::guarded(), hide).await;
    let all = get(&server, page().bearer(&server.token("todo:read todo:write todo:delete todo:audit"))).await;
    let reader = get(&server, page().bearer(&server.token("todo:read"))).await;
    assert_eq!((all.status, reader.status), (StatusCode::OK, StatusCode::OK));
    let is_shown = |answer: &Answer, name: &str| answer.text.contains(&format!("<code>{name}</code>"));
    for (operation, requirement) in Library::scope_matrix().iter() {
        let name = operation.name();
        let requirement = requirement.to_string();
        let is_hidden = ["todo:write", "todo:audit"].iter().any(|scope| requirement.contains(scope));
        assert_eq!(is_shown(&reader, name), !is_hidden, "{operation}: {requirement}");
        assert!(is_shown(&all, name), "{operation}: {requirement}");
    }
    for scope in ["todo:write", "todo:delete", "admin", "todo:audit"] {
        assert!(!reader.text.contains(scope), "{scope} is required by hidden operations only: {}", reader.text);
    }
}

/// The page shows the operations and their requirements to everyone.
#[tokio::test]
async fn open_page_does_not_disclose_hidden_information() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let build = async |docs, disclosure| {
        let builder = builder(&issuer).observation(Observation::new().docs(docs)).disclosure(disclosure);
        builder.tools(Fixture::default()).build().await.map(drop).map_err(|error| error.to_string())
    };
    for (disclosure, named) in [
        (Disclosure::new().hide_requirements(), "hide_requirements"),
        (Disclosure::new().visibility(Visibility::Granted), "Visibility::Granted"),
    ] {
        let error = build(DocsPage::open(), disclosure.clone()).await.unwrap_err();
        assert!(error.contains("Observation::docs") && error.contains(named), "{error}");
        assert!(error.contains("DocsPage::guarded"), "{error}");
        build(DocsPage::guarded(), disclosure).await.unwrap();
    }
    build(DocsPage::open(), Disclosure::new().visibility(Visibility::Marked)).await.unwrap();
}

#[tokio::test]
async fn texts_of_the_application_are_escaped() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = builder(&issuer).observation(Observation::new().docs(DocsPage::open())).tools(Hostile);
    let server = server.build().await.unwrap();
    let answer = exchange(&server.docs_router(), page().build()).await;
    assert_eq!(answer.text.matches("<script").count(), 1, "the script of the page: {}", answer.text);
    assert!(answer.text.contains("&#60;script&#62;alert(1)") && !answer.text.contains("\"onload="), "{}", answer.text);
}

#[tokio::test]
async fn page_of_a_foreign_host_or_origin_is_rejected() {
    let server = serve(DocsPage::open(), |builder| builder).await;
    for post in [
        page().set("host", "evil.example.com"),
        page().header("origin", "https://evil.example.com"),
        page().without("host"),
    ] {
        assert_eq!(get(&server, post.clone()).await.status, StatusCode::FORBIDDEN, "{post:?}");
    }
}

/// The form of the page is a page of the server's own origin, which sends this header.
#[tokio::test]
async fn form_may_call_the_endpoint() {
    let server = serve(DocsPage::open(), |builder| builder).await;
    let token = server.token("todo:read");
    let answer = get(&server, call("read").bearer(&token).header("origin", "https://todo.example.com")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn form_calls_the_public_path_of_a_nested_server() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = ResourceServer::builder("https://todo.example.com/team/mcp").issuer(issuer.issuer());
    let server = server.mount_path("/mcp").observation(Observation::new().docs(DocsPage::open()));
    let server = server.tools(Fixture::default()).build().await.unwrap();
    let router = Router::new().nest("/team", server.docs_router().merge(server.into_router()));
    assert_eq!(exchange(&router, page().build()).await.status, StatusCode::NOT_FOUND);
    let answer = exchange(&router, page().uri("/team/docs").build()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("data-endpoint=\"/team/mcp\""), "{}", answer.text);
}

#[tokio::test]
async fn endpoint_and_page_need_different_paths() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let build = async |observation| {
        let server = builder(&issuer).mount_path("/docs").observation(observation).tools(Fixture::default());
        server.build().await.map(drop).map_err(|error| error.to_string())
    };
    build(Observation::new()).await.unwrap();
    let error = build(Observation::new().docs(DocsPage::open())).await.unwrap_err();
    assert!(error.contains("mount_path") && error.contains("documentation page"), "{error}");
}
