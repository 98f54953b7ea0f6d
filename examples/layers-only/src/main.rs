//! The layers around a hand-written rmcp service, on hyper without axum: a first step for a server that exists.
//!
//! `cargo run -p layers-only`

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use mcp_guard::layer::{AuthLayer, Challenger, GateLayer, MetadataService};
use mcp_guard::policy::Policy;
use mcp_guard::prelude::*;
use mcp_guard::{BuildError, Issuer};
use mcp_guard_dev::DevAuthServer;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt as _};

const RESOURCE: &str = "http://127.0.0.1:8080/mcp";
const MAX_BODY: usize = 1024 * 1024;

#[derive(Clone, Debug)]
struct Notes;

#[guarded_tools]
impl Notes {
    /// Reads the notes.
    #[guarded_tool(scope = "notes:read", read_only)]
    async fn read_notes(&self, token: ValidatedToken) -> String {
        format!("The notes of {}.", token.subject())
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, AnyError>>;

/// Builds the service of the whole server, for requests with any body type.
async fn server<B>(issuer: &str) -> Result<BoxCloneSyncService<Request<B>, Answer, Infallible>, BuildError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<AnyError>,
{
    let validator = Issuer::jwt(issuer).validator(RESOURCE).await?;
    let policy = Arc::new(Policy::default());
    let metadata = MetadataService::new(RESOURCE, [issuer], &policy)?;
    let rmcp = StreamableHttpService::new(
        || Ok(Notes),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default().with_max_request_body_bytes(MAX_BODY),
    );
    let mcp = ServiceBuilder::new()
        .layer(AuthLayer::new(validator, policy, Challenger::new(metadata.url())).for_mcp())
        .layer(GateLayer::new::<Notes>(MAX_BODY))
        .service(rmcp);
    let route = move |request: Request<B>| {
        let (mcp, metadata) = (mcp.clone(), metadata.clone());
        async move {
            Ok(match request.uri().path() {
                "/mcp" => mcp.oneshot(request).await?.map(|body| body.map_err(Into::into).boxed_unsync()),
                path if path == metadata.path() => {
                    metadata.oneshot(request).await?.map(|body| body.map_err(Into::into).boxed_unsync())
                }
                _ => {
                    let mut answer = Response::new(Full::default().map_err(|never| match never {}).boxed_unsync());
                    *answer.status_mut() = StatusCode::NOT_FOUND;
                    answer
                }
            })
        }
    };
    Ok(BoxCloneSyncService::new(tower::service_fn(route)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = DevAuthServer::builder().listen(([127, 0, 0, 1], 8081)).default_audience(RESOURCE).start().await?;
    let service = server(issuer.issuer()).await?;
    println!("MCP server: {RESOURCE}, development authorization server: {}", issuer.issuer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = Builder::new(TokioExecutor::new());
            if let Err(error) = connection.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("connection failed: {error}");
            }
        });
    }
}

#[cfg(test)]
mod tests;
