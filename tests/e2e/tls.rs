//! A server with a certificate terminates TLS itself, and follows changes of the certificate's files.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use mcp_guard::ResourceServer;
use mcp_guard::error::ServeError;
use mcp_guard_dev::DevAuthServer;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::logs::Log;
use crate::support::Fixture;

/// The longest that a test waits before it fails.
const FOREVER: Duration = Duration::from_secs(60);
/// The name of the test that runs a server in a process of its own.
const SERVER_PROCESS: &str = "tls::serve_until_killed";

/// A folder that is deleted at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mcp-guard-tls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A self-signed certificate for `localhost`, and its key.
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    /// Writes `cert.pem` and `key.pem`.
    fn write(&self, folder: &Path) {
        std::fs::write(folder.join("cert.pem"), &self.certificate).unwrap();
        std::fs::write(folder.join("key.pem"), &self.key).unwrap();
    }
}

/// Returns a client that trusts only these certificates.
fn client(trusted: &[&Pair]) -> reqwest::Client {
    let roots = trusted.iter().map(|pair| reqwest::Certificate::from_pem(pair.certificate.as_bytes()).unwrap());
    reqwest::Client::builder().tls_certs_only(roots).timeout(FOREVER).build().unwrap()
}

async fn built(issuer: &DevAuthServer, origin: &str, folder: &Path) -> ResourceServer {
    ResourceServer::builder(format!("{origin}/mcp"))
        .issuer(issuer.issuer())
        .tls(folder.join("cert.pem"), folder.join("key.pem"))
        .tools(Fixture::default())
        .build()
        .await
        .unwrap()
}

struct Served {
    origin: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServeError>>,
}

impl Served {
    /// Serves with the `cert.pem` and `key.pem` of a folder.
    async fn start(folder: &Path) -> Self {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = built(&issuer, &origin, folder).await;
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve_until(listener, async move {
            let _ = stopped.await;
        }));
        Self { origin, stop, served }
    }

    /// Sends a request without a token.
    async fn send(&self, client: &reqwest::Client) -> Result<reqwest::Response, reqwest::Error> {
        let answer = client.post(format!("{}/mcp", self.origin)).send().await?;
        assert_eq!(answer.status().as_u16(), StatusCode::UNAUTHORIZED.as_u16());
        Ok(answer)
    }

    /// Sends requests on an open connection and on new ones, until the server presents `expected` in a handshake. The
    /// clients of the requests trust all of `trusted`, and no request may fail.
    async fn send_until_replaced(&self, open: &reqwest::Client, trusted: &[&Pair], expected: &Pair) {
        let replaced = async {
            loop {
                self.send(open).await.unwrap();
                self.send(&client(trusted)).await.unwrap();
                if self.send(&client(&[expected])).await.is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(FOREVER, replaced).await.expect("the certificate is not replaced");
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn certificate_enables_https() {
    let (folder, pair) = (Folder::new(), Pair::new());
    pair.write(&folder.0);
    let server = Served::start(&folder.0).await;
    let answer = server.send(&client(&[&pair])).await.unwrap();
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", server.origin);
    assert!(challenge.contains(&metadata), "{challenge}");
    server.stop().await;
}

#[tokio::test]
async fn unusable_certificate_is_an_error_before_listening() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let (pair, other) = (Pair::new(), Pair::new());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for (certificate, key, reason) in [
        (Some(&pair.certificate), Some(&other.key), "the key does not match the certificate"),
        (Some(&pair.key), Some(&pair.certificate), "the certificate file contains no PEM certificate"),
        (Some(&pair.certificate), Some(&pair.certificate), "the key file contains no PEM private key"),
        (Some(&String::new()), Some(&pair.key), "the certificate file contains no PEM certificate"),
        (None, Some(&pair.key), "the certificate cannot be read"),
        (Some(&pair.certificate), None, "the key cannot be read"),
    ] {
        let folder = Folder::new();
        for (name, text) in [("cert.pem", certificate), ("key.pem", key)] {
            if let Some(text) = text {
                std::fs::write(folder.0.join(name), text).unwrap();
            }
        }
        let server = built(&issuer, "https://localhost", &folder.0).await;
        // The address is in use, which would be the error if the server tried to listen.
        let message = server.serve(taken.local_addr().unwrap()).await.unwrap_err().to_string();
        for part in [reason, "cert.pem", "key.pem", "MCP_GUARD_TLS_CERT", "MCP_GUARD_TLS_KEY"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn replaced_certificate_is_used_without_failed_requests() {
    let (folder, pairs) = (Folder::new(), [Pair::new(), Pair::new(), Pair::new()]);
    let [first, second, third] = &pairs;
    // Kubernetes mounts secrets like this, and replaces the link in the middle.
    let link = |version: &str| {
        std::os::unix::fs::symlink(version, folder.0.join("next")).unwrap();
        std::fs::rename(folder.0.join("next"), folder.0.join("current")).unwrap();
    };
    for (version, pair) in [("1", first), ("2", second)] {
        std::fs::create_dir(folder.0.join(version)).unwrap();
        pair.write(&folder.0.join(version));
    }
    link("1");
    for name in ["cert.pem", "key.pem"] {
        std::os::unix::fs::symlink(format!("current/{name}"), folder.0.join(name)).unwrap();
    }
    let server = Served::start(&folder.0).await;
    let open = client(&[first]);
    server.send_until_replaced(&open, &[first, second], first).await;
    link("2");
    server.send_until_replaced(&open, &[first, second], second).await;
    // Files that are overwritten, one after the other.
    third.write(&folder.0);
    server.send_until_replaced(&open, &[first, second, third], third).await;
    assert!(server.send(&client(&[first, second])).await.is_err(), "the old certificates are not used anymore");
    server.stop().await;
}

#[test]
fn broken_certificate_keeps_the_old_one() {
    let log = Log::default();
    log.record(async {
        let (folder, pair, other) = (Folder::new(), Pair::new(), Pair::new());
        pair.write(&folder.0);
        let server = Served::start(&folder.0).await;
        server.send(&client(&[&pair])).await.unwrap();
        for (name, text, reason) in [
            ("cert.pem", Some(&other.certificate), "the key does not match the certificate"),
            ("cert.pem", Some(&pair.key), "the certificate file contains no PEM certificate"),
            ("cert.pem", None, "the certificate cannot be read"),
            ("key.pem", Some(&pair.certificate), "the key file contains no PEM private key"),
            ("key.pem", None, "the key cannot be read"),
        ] {
            pair.write(&folder.0);
            let path = folder.0.join(name);
            match text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let is_logged = |line: &str| {
                line.contains("ERROR")
                    && line.contains("keeping the current TLS certificate")
                    && [reason, path.to_str().unwrap()].iter().all(|part| line.contains(part))
            };
            let logged = async {
                while !log.text().lines().any(is_logged) {
                    server.send(&client(&[&pair])).await.unwrap();
                }
            };
            tokio::time::timeout(FOREVER, logged).await.unwrap_or_else(|_| panic!("{reason} is not logged"));
            server.send(&client(&[&pair])).await.unwrap();
        }
        server.stop().await;
    });
}

/// Run by the test below in a process of its own.
#[cfg(unix)]
#[tokio::test]
#[ignore = "is run by another test, which sends signals to it"]
async fn serve_until_killed() {
    tracing_subscriber::fmt().with_ansi(false).init();
    let folder = PathBuf::from(std::env::var("MCP_GUARD_DEV_FOLDER").unwrap());
    let issuer = DevAuthServer::builder().start().await.unwrap();
    built(&issuer, "https://localhost", &folder).await.serve(([127, 0, 0, 1], 0)).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn sighup_loads_the_certificate_again() {
    let folder = Folder::new();
    Pair::new().write(&folder.0);
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", SERVER_PROCESS, "--ignored", "--nocapture"])
        .env("MCP_GUARD_DEV_FOLDER", &folder.0)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut wait_for = async |text: &str| {
        let found = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains(text) {
                    return;
                }
            }
            panic!("the server ended before the log contains {text:?}");
        };
        tokio::time::timeout(FOREVER, found).await.unwrap();
    };
    wait_for("listening address").await;
    // The files do not change, so only the signal can be the reason. Without a handler, it ends the process.
    for _ in 0..2 {
        let id = child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        wait_for("loaded the TLS certificate again").await;
    }
    child.kill().await.unwrap();
}
