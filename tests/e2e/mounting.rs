//! A server whose requests arrive at another path than that of its public URL, and resources with two spellings.

use axum::Router;
use http::{Method, StatusCode};
use mcp_guard::issuer::Jwt;
use mcp_guard::settings::{Dpop, NoTools, ResourceMetadata};
use mcp_guard::{Issuer, ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::Value;

use crate::support::{Answer, Fixture, Post, Runs, Server, VERSIONS, call, call_in, initialize, raw};

const PUBLIC: &str = "https://todo.example.com/team/mcp";
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Starts the fixture at this resource URL.
async fn serve(
    resource: &str,
    configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> Server {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let builder = ResourceServer::builder(resource).issuer(Issuer::<Jwt>::jwt(issuer.issuer()));
    let server = configure(builder).tools(Fixture::default()).build().await.unwrap();
    Server { issuer, router: server.into_router(), runs: Runs::default(), reference: None }
}

fn token(server: &Server, audience: &str) -> String {
    server.issuer.token().audience(audience).scope("todo:read").sign()
}

async fn get(server: &Server, path: &str) -> Answer {
    server.send(raw("").method(Method::GET).uri(path).build()).await
}

/// Checks everything that names a URL of the server whose endpoint arrives at `path`.
async fn assert_public_urls(server: &Server, path: &str, metadata_url: &str) {
    let token = token(server, PUBLIC);
    let at = |post: Post| post.uri(path);
    for version in VERSIONS {
        let session = match version.is_stateless() {
            true => None,
            false => {
                let answer = server.send(at(initialize(version)).bearer(&token).build()).await;
                Some(answer.session().to_owned())
            }
        };
        let allowed = call_in(version, "read").within(session.as_ref()).bearer(&token);
        assert_eq!(server.send(at(allowed).build()).await.status, StatusCode::OK, "{version:?}");
        let denied = call_in(version, "write").within(session.as_ref()).bearer(&token);
        let denied = server.send(at(denied).build()).await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN);
        let expected = format!("resource_metadata=\"{metadata_url}\"");
        assert!(denied.challenge().contains(&expected), "{denied:?}");
        let missing = server.send(at(call_in(version, "read")).build()).await;
        assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
        assert!(missing.challenge().contains(&expected), "{missing:?}");
    }
    let other = server.issuer.token().audience("https://todo.example.com/mcp").scope("todo:read").sign();
    assert_eq!(server.send(at(call("read")).bearer(&other).build()).await.status, StatusCode::UNAUTHORIZED);
    let preflight = raw("")
        .method(Method::OPTIONS)
        .uri(path)
        .header("origin", "https://todo.example.com")
        .header("access-control-request-method", "POST");
    let preflight = server.send(preflight.build()).await;
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://todo.example.com"));
}

#[tokio::test]
async fn proxy_may_remove_a_prefix() {
    let server = serve(PUBLIC, |builder| builder.mount_path("/mcp")).await;
    let metadata = format!("{WELL_KNOWN}/team/mcp");
    assert_public_urls(&server, "/mcp", &format!("https://todo.example.com{metadata}")).await;
    assert_eq!(get(&server, &metadata).await.json()["resource"], PUBLIC);
    let token = token(&server, PUBLIC);
    // A proxy that removes no prefix, removes it twice, or adds it.
    for path in ["/team/mcp", "/", "/team/team/mcp", "/mcp/", "/mcp/mcp"] {
        let answer = server.send(call("read").uri(path).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn gateway_can_have_its_own_metadata_url() {
    let server = serve(PUBLIC, |builder| {
        builder.mount_path("/mcp").metadata(ResourceMetadata::new().url("https://todo.example.com/team/metadata"))
    })
    .await;
    assert_public_urls(&server, "/mcp", "https://todo.example.com/team/metadata").await;
    for path in ["/metadata", "/team/metadata", "/.well-known/oauth-protected-resource/team/mcp"] {
        assert_eq!(get(&server, path).await.json()["resource"], PUBLIC, "{path}");
    }
}

#[tokio::test]
async fn nested_server_works_with_a_mount_path() {
    let mut server = serve(PUBLIC, |builder| {
        builder.mount_path("/mcp").metadata(ResourceMetadata::new().url("https://todo.example.com/team/metadata"))
    })
    .await;
    server.router = Router::new().nest("/team", server.router);
    assert_public_urls(&server, "/team/mcp", "https://todo.example.com/team/metadata").await;
    assert_eq!(get(&server, "/team/metadata").await.json()["resource"], PUBLIC);
}

#[tokio::test]
async fn metadata_is_at_the_root_only_on_request() {
    let server = serve(PUBLIC, |builder| builder).await;
    assert_eq!(get(&server, WELL_KNOWN).await.status, StatusCode::NOT_FOUND);
    let server = serve(PUBLIC, |builder| builder.metadata(ResourceMetadata::new().at_root())).await;
    for path in [WELL_KNOWN, "/.well-known/oauth-protected-resource/team/mcp"] {
        let answer = get(&server, path).await;
        assert_eq!((answer.status, &answer.json()["resource"]), (StatusCode::OK, &Value::from(PUBLIC)), "{path}");
    }
}

#[tokio::test]
async fn proof_names_the_public_url() {
    let server = serve(PUBLIC, |builder| builder.mount_path("/mcp").dpop(Dpop::required())).await;
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let token = server.issuer.token().audience(PUBLIC).scope("todo:read").bound_to(&key).sign();
    for (url, expected) in [
        (PUBLIC, StatusCode::OK),
        ("https://todo.example.com/mcp", StatusCode::UNAUTHORIZED),
        ("https://todo.example.com/team/mcp/", StatusCode::UNAUTHORIZED),
        ("https://todo.example.com/", StatusCode::UNAUTHORIZED),
    ] {
        let proof = key.proof("POST", url.to_owned()).access_token(&token).sign();
        let answer = server.send(call("read").uri("/mcp").with_proof(&token, &proof).build()).await;
        assert_eq!(answer.status, expected, "{url}");
    }
}

/// RFC 3986 section 6.2.3: only an empty path has two spellings.
#[tokio::test]
async fn origin_is_one_resource_with_and_without_its_slash() {
    const ORIGIN: &str = "https://todo.example.com";
    const SLASH: &str = "https://todo.example.com/";
    for resource in [ORIGIN, SLASH] {
        let server = serve(resource, |builder| builder.dpop(Dpop::optional())).await;
        for audience in [ORIGIN, SLASH] {
            let token = token(&server, audience);
            let answer = server.send(call("read").uri("/").bearer(&token).build()).await;
            assert_eq!(answer.status, StatusCode::OK, "{resource} {audience}");
            let key = SigningKey::generate(SigningAlgorithm::Es256);
            let bound = server.issuer.token().audience(audience).scope("todo:read").bound_to(&key).sign();
            for url in [ORIGIN, SLASH] {
                let proof = key.proof("POST", url.to_owned()).access_token(&bound).sign();
                let answer = server.send(call("read").uri("/").with_proof(&bound, &proof).build()).await;
                assert_eq!(answer.status, StatusCode::OK, "{resource} {audience} {url}");
            }
        }
        for other in ["https://todo.example.com//", "https://todo.example.com/mcp", "http://todo.example.com"] {
            let answer = server.send(call("read").uri("/").bearer(&token(&server, other)).build()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{resource} {other}");
        }
    }
    for (resource, audience) in [("/mcp", "/mcp/"), ("/mcp/", "/mcp")] {
        let server = serve(&format!("{ORIGIN}{resource}"), |builder| builder).await;
        let token = token(&server, &format!("{ORIGIN}{audience}"));
        let answer = server.send(call("read").uri(resource).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{resource} {audience}");
    }
}

#[tokio::test]
async fn unusable_paths_do_not_build() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let error = async |mount_path: &str, metadata_url: &str| {
        let builder = ResourceServer::builder(PUBLIC).issuer(issuer.issuer());
        let builder = builder.mount_path(mount_path).metadata(ResourceMetadata::new().url(metadata_url));
        builder.tools(Fixture::default()).build().await.unwrap_err().to_string()
    };
    let both = error("mcp", "http://todo.example.com/metadata").await;
    assert!(both.contains("mount_path") && both.contains("ResourceMetadata::url"), "{both}");
    assert!(error("/health", "https://todo.example.com/m").await.contains("without_health"));
    assert!(error("/m", "https://todo.example.com/m").await.contains("metadata"));
}
