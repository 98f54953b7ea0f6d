//! A server with a certificate terminates TLS itself.

use std::path::PathBuf;

use http::StatusCode;
use mcp_guard::ResourceServer;
use mcp_guard_dev::DevAuthServer;

use crate::support::Fixture;

/// A temporary file that is deleted at the end of the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mcp-guard-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn certificate_enables_https_and_must_be_valid() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = File::new("cert.pem", &made.cert.pem());
    let key = File::new("key.pem", &made.signing_key.serialize_pem());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let build = async |certificate: &File, key: &File| {
        ResourceServer::builder(format!("{origin}/mcp"))
            .issuer(issuer.issuer())
            .tls(&certificate.0, &key.0)
            .tools(Fixture::default())
            .build()
            .await
            .unwrap()
    };

    let swapped = build(&key, &certificate).await;
    let spare = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let message = swapped.serve_until(spare, std::future::pending()).await.unwrap_err().to_string();
    assert!(message.contains("key.pem"), "{message}");

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = build(&certificate, &key).await;
    let served = tokio::spawn(server.serve_until(listener, async move {
        let _ = stopped.await;
    }));
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([root]).build().unwrap();
    let answer = client.post(format!("{origin}/mcp")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), StatusCode::UNAUTHORIZED.as_u16());
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(&format!("{origin}/.well-known/oauth-protected-resource/mcp")), "{challenge}");
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}
