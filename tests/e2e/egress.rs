//! Requests to authorization servers with a private CA, and through a proxy.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mcp_guard::issuer::{ClientAuthentication, Jwt};
use mcp_guard::token::BearerToken;
use mcp_guard::{Issuer, TokenValidator};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::RESOURCE;

/// An authorization server with TLS, whose certificate a private CA has issued.
struct SecureIssuer {
    url: String,
    port: u16,
    key: SigningKey,
    ca_file: PathBuf,
    /// The paths of its requests.
    paths: Arc<Mutex<Vec<String>>>,
}

impl SecureIssuer {
    /// Starts a server on loopback. Its issuer is `https://{host}`, with the port if `host` is `localhost`.
    async fn start(host: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (ca_pem, config) = certificates(host);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let ca_file = std::env::temp_dir().join(format!("mcp-guard-ca-{}-{number}.pem", std::process::id()));
        std::fs::write(&ca_file, ca_pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = if host == "localhost" { format!("https://{host}:{port}") } else { format!("https://{host}") };
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let (keys, issuer) = (json!({ "keys": [key.public_jwk()] }), url.clone());
        let paths = Arc::new(Mutex::new(Vec::new()));
        let requested = Arc::clone(&paths);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let answer = move |path: &str| {
            requested.lock().unwrap().push(path.to_owned());
            let document = match path {
                "/.well-known/oauth-authorization-server" => json!({
                    "issuer": issuer,
                    "jwks_uri": format!("{issuer}/jwks"),
                    "introspection_endpoint": format!("{issuer}/introspect"),
                }),
                "/jwks" => keys.clone(),
                "/introspect" => {
                    json!({ "active": true, "sub": "alice", "client_id": "c", "aud": RESOURCE, "scope": "todo:read" })
                }
                _ => return "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
            };
            let body = document.to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answer) = (acceptor.clone(), answer.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let head = request(&mut stream).await;
                    let path = head[0].split(' ').nth(1).unwrap();
                    stream.write_all(answer(path).as_bytes()).await.unwrap();
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, port, key, ca_file, paths }
    }

    fn jwt(&self) -> Issuer<Jwt> {
        Issuer::jwt(&self.url)
    }

    fn token(&self) -> BearerToken {
        BearerToken::new(self.key.token(&self.url).audience(RESOURCE).scope("todo:read").sign())
    }

    fn paths(&self) -> Vec<String> {
        std::mem::take(&mut self.paths.lock().unwrap())
    }
}

impl Drop for SecureIssuer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

/// Returns a CA certificate, and the configuration of a server with a certificate of this CA.
fn certificates(host: &str) -> (String, ServerConfig) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (ca, config)
}

/// Reads a request, and returns the lines of its head.
async fn request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Vec<String> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).await.unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = head.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    reader.read_exact(&mut vec![0; length.unwrap_or(0)]).await.unwrap();
    head
}

/// An HTTP proxy that sends every tunnel to one port on loopback.
struct Proxy {
    port: u16,
    /// The heads of its requests.
    requests: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Proxy {
    async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let received = Arc::clone(&received);
                tokio::spawn(async move {
                    let head = request(&mut stream).await;
                    received.lock().unwrap().push(head);
                    let mut target = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut target).await;
                });
            }
        });
        Self { port, requests }
    }
}

#[tokio::test]
async fn private_ca_is_trusted_for_all_fetches() {
    let server = SecureIssuer::start("localhost").await;
    let error = server.jwt().validator(RESOURCE).await.unwrap_err().to_string();
    for part in ["invalid peer certificate", "`.ca_file(..)`", "MCP_GUARD_CA_FILE"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(server.paths().is_empty());

    let validator = server.jwt().ca_file(&server.ca_file).validator(RESOURCE).await.unwrap();
    assert_eq!(validator.validate(&server.token()).await.unwrap().issuer(), server.url);
    assert_eq!(server.paths(), ["/.well-known/oauth-authorization-server", "/jwks"]);

    let authentication = || ClientAuthentication::secret("todo", "secret");
    let introspection = Issuer::introspection(&server.url, authentication()).ca_file(&server.ca_file);
    let validator = introspection.validator(RESOURCE).await.unwrap();
    assert_eq!(validator.validate(&BearerToken::new("opaque")).await.unwrap().subject(), "alice");
    assert_eq!(server.paths(), ["/.well-known/oauth-authorization-server", "/introspect"]);
}

/// Runs the test below in a process without the CA certificates of a system.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn private_ca_suffices_on_systems_without_cas() {
    let output = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "egress::private_ca_is_trusted_with_other_roots"])
        .envs([("SSL_CERT_FILE", "/nonexistent/ca.pem"), ("SSL_CERT_DIR", "/nonexistent")])
        .output()
        .await
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

#[tokio::test]
async fn private_ca_is_trusted_with_other_roots() {
    let (server, other) = (SecureIssuer::start("localhost").await, SecureIssuer::start("localhost").await);
    // A bundle, with text between the certificates.
    let bundle = [&other.ca_file, &server.ca_file].map(|file| std::fs::read_to_string(file).unwrap()).join("# CA\n");
    std::fs::write(&server.ca_file, bundle).unwrap();
    for issuer in [&server, &other] {
        let trusted = issuer.jwt().ca_file(&server.ca_file).validator(RESOURCE).await;
        assert!(trusted.is_ok(), "{}", trusted.unwrap_err());
    }
    let error = server.jwt().ca_file(&other.ca_file).validator(RESOURCE).await.unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
}

#[tokio::test]
async fn unusable_ca_file_error_names_setting_and_file() {
    let folder = std::env::temp_dir();
    for (name, text, reason) in [
        ("missing", None, "No such file"),
        ("empty", Some(""), "no PEM certificate"),
        ("text", Some("hello"), "no PEM certificate"),
        ("der", Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), ""),
        ("base64", Some("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), ""),
    ] {
        let file = folder.join(format!("mcp-guard-ca-{}-{name}.pem", std::process::id()));
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let error = Issuer::jwt("https://auth.example.com").ca_file(&file).validator(RESOURCE).await;
        let error = error.unwrap_err().to_string();
        let _ = std::fs::remove_file(&file);
        let expected = "expected a readable PEM file with at least one CA certificate";
        for part in ["invalid `Issuer::ca_file`", file.to_str().unwrap(), expected, reason] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[tokio::test]
async fn issuer_behind_the_proxy_is_reached_by_name() {
    // No resolver knows this name, so only the proxy can reach the server.
    let server = SecureIssuer::start("auth.internal.invalid").await;
    let direct = server.jwt().ca_file(&server.ca_file).fail_fast().validator(RESOURCE).await.unwrap_err().to_string();
    assert!(direct.contains("auth.internal.invalid cannot be resolved"), "{direct}");

    let proxy = Proxy::start(server.port).await;
    let url = format!("http://user:p%40ss@127.0.0.1:{}", proxy.port);
    let issuer = server.jwt().ca_file(&server.ca_file).egress_proxy(url);
    let validator = issuer.validator(RESOURCE).await.unwrap();
    assert_eq!(validator.validate(&server.token()).await.unwrap().issuer(), server.url);
    let requests = proxy.requests.lock().unwrap().clone();
    assert!(!requests.is_empty());
    for head in requests {
        assert_eq!(head[0], "CONNECT auth.internal.invalid:443 HTTP/1.1");
        // `user:p@ss`
        assert!(
            head.iter().any(|line| line.eq_ignore_ascii_case("proxy-authorization: Basic dXNlcjpwQHNz")),
            "{head:?}"
        );
    }
}

#[tokio::test]
async fn loopback_issuer_does_not_use_the_proxy() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let proxy = Proxy::start(issuer.address().port()).await;
    let proxied = Issuer::jwt(issuer.issuer()).egress_proxy(format!("http://127.0.0.1:{}", proxy.port));
    proxied.validator(RESOURCE).await.unwrap();
    assert!(proxy.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn invalid_proxy_error_names_setting_and_hides_password() {
    for url in ["socks5://user:s3cret@127.0.0.1:1080", "127.0.0.1:3128", "http://user:s3cret@127.0.0.1:3128/path", ""] {
        let error = Issuer::jwt("https://auth.example.com").egress_proxy(url).validator(RESOURCE).await;
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("invalid `Issuer::egress_proxy`: expected an http or https URL"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
