//! Tests with the client of rmcp over sockets: discovery after a 401, and step-up authorization after a 403.

use mcp_guard::ResourceServer;
use mcp_guard::prelude::*;
use mcp_guard_dev::DevAuthServer;
use rmcp::RoleClient;
use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt as _, RunningService, ServiceError};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{
    AuthClient, AuthorizationCallback, AuthorizationRequest, OAuthState, WWWAuthenticateParams,
};
use rmcp::transport::streamable_http_client::{StreamableHttpClient, StreamableHttpClientTransportConfig};
use tokio::sync::oneshot;
use url::Url;

use crate::support::Fixture;

const REDIRECT: &str = "http://127.0.0.1:1/callback";

/// A server that listens on a socket.
struct Listening {
    url: String,
    fixture: Fixture,
    issuer: DevAuthServer,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<Result<(), mcp_guard::error::ServeError>>,
}

async fn listen() -> Listening {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let fixture = Fixture::default();
    let tools = fixture.clone();
    let server = ResourceServer::builder(&url)
        .issuer(issuer.issuer())
        .baseline([Scope::from_static("todo:read")])
        .tools(tools.clone())
        .build()
        .await
        .unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(server.serve_until(listener, async move {
        let _ = stopped.await;
    }));
    Listening { url, fixture, issuer, stop, served }
}

fn lifecycles() -> [ClientLifecycleMode; 2] {
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] },
    ]
}

async fn connect<C: StreamableHttpClient + Sync>(
    client: C,
    url: &str,
    lifecycle: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, ()>, ClientInitializeError> {
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    ().serve_with_lifecycle(StreamableHttpClientTransport::with_client(client, config), lifecycle).await
}

/// Acts as the browser of the user: follows the authorization URL, and returns with a code.
async fn approve(authorization_url: &str) -> (AuthorizationCallback, String) {
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let response = browser.get(authorization_url).send().await.unwrap();
    let location = response.headers().get("location").unwrap_or_else(|| panic!("{response:?}")).to_str().unwrap();
    (AuthorizationCallback::from_redirect_url(location).unwrap(), location.to_owned())
}

fn requested_scope(authorization_url: &str) -> String {
    let url = Url::parse(authorization_url).unwrap();
    url.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned()
}

async fn call(client: &RunningService<RoleClient, ()>, tool: &'static str) -> Result<String, ServiceError> {
    let result = client.call_tool(CallToolRequestParams::new(tool)).await?;
    Ok(result.content[0].as_text().unwrap().text.clone())
}

#[tokio::test]
async fn client_discovers_issuer_and_steps_up_scopes() {
    for lifecycle in lifecycles() {
        let server = listen().await;
        let rejected = connect(reqwest::Client::new(), &server.url, lifecycle.clone()).await.unwrap_err();
        let challenge = rejected.auth_challenge().expect("a challenge").to_owned();

        let mut oauth = OAuthState::new(&server.url, None).await.unwrap();
        let request = AuthorizationRequest::new(REDIRECT).with_client_name("test").with_challenge(challenge);
        oauth.start_authorization(request).await.unwrap();
        let authorization_url = oauth.get_authorization_url().await.unwrap();
        assert_eq!(requested_scope(&authorization_url), "todo:read", "the scope of the challenge and the metadata");
        oauth.handle_callback_url(&approve(&authorization_url).await.1).await.unwrap();
        let auth = AuthClient::new(reqwest::Client::new(), oauth.into_authorization_manager().unwrap());

        let client = connect(auth.clone(), &server.url, lifecycle).await.unwrap();
        let listed: Vec<_> = client.list_all_tools().await.unwrap().into_iter().map(|tool| tool.name).collect();
        assert_eq!(listed, ["audit", "delete", "read", "who", "write"]);
        assert_eq!(call(&client, "read").await.unwrap(), "ran");
        assert_eq!(call(&client, "who").await.unwrap(), "dev-user");

        let rejected = call(&client, "write").await.unwrap_err();
        let challenge = rejected.auth_challenge().expect("a challenge").to_owned();
        let challenge = WWWAuthenticateParams::parse(&challenge, &Url::parse(&server.url).unwrap());
        assert!(challenge.is_insufficient_scope());
        let needed = challenge.scope.unwrap();
        assert_eq!(needed, "todo:read todo:write");
        assert_eq!(server.fixture.runs_so_far(), 2);

        let manager = auth.auth_manager.lock().await;
        let upgrade = manager.request_scope_upgrade(&needed).await.unwrap();
        assert_eq!(requested_scope(&upgrade), "todo:read todo:write");
        let (callback, _) = approve(&upgrade).await;
        manager
            .exchange_code_for_token_with_issuer(&callback.code, &callback.csrf_token, callback.issuer.as_deref())
            .await
            .unwrap();
        drop(manager);
        assert_eq!(call(&client, "write").await.unwrap(), "ran", "on the same connection");

        client.cancel().await.unwrap();
        server.stop.send(()).unwrap();
        server.served.await.unwrap().unwrap();
        server.issuer.shutdown().await;
    }
}

#[tokio::test]
async fn concurrent_callers_are_isolated() {
    let server = listen().await;
    let clients = (0..8).map(|i| {
        let subject = format!("user-{i}");
        let token = server.issuer.token().audience(&server.url).scope("todo:read").subject(&subject).sign();
        let url = server.url.clone();
        let lifecycle = lifecycles()[i % 2].clone();
        tokio::spawn(async move {
            let config = StreamableHttpClientTransportConfig::with_uri(url).auth_header(token);
            let transport = StreamableHttpClientTransport::with_client(reqwest::Client::new(), config);
            let client = ().serve_with_lifecycle(transport, lifecycle).await.unwrap();
            for _ in 0..20 {
                assert_eq!(call(&client, "who").await.unwrap(), subject);
            }
            client.cancel().await.unwrap();
        })
    });
    for client in futures::future::join_all(clients).await {
        client.unwrap();
    }
    server.stop.send(()).unwrap();
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn shutdown_ends_open_streams() {
    let server = listen().await;
    let token = server.issuer.token().audience(&server.url).scope("todo:read").sign();
    let config = StreamableHttpClientTransportConfig::with_uri(server.url.clone()).auth_header(token);
    let transport = StreamableHttpClientTransport::with_client(reqwest::Client::new(), config);
    let client = ().serve_with_lifecycle(transport, ClientLifecycleMode::Initialize).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "ran");
    server.stop.send(()).unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(8), server.served)
        .await
        .expect("the server stops")
        .unwrap()
        .unwrap();
    drop(client);
}
