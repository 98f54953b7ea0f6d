//! Nothing of a token enters a log, however much is logged.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;

use tracing_subscriber::fmt::MakeWriter;

use crate::support::Server;
use crate::support::VERSIONS;
use crate::support::call;
use crate::support::call_in;
use crate::support::initialize;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[test]
fn at_trace_level_a_log_holds_nothing_of_a_token() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // One thread, so that everything that is logged is logged here.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secrets = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let server = Server::start().await;
            let good = || {
                server
                    .token_builder("todo:read")
                    .subject("S3CRET-SUBJECT")
                    .client_id("S3CRET-CLIENT")
                    .claim("email", "S3CRET-CLAIM")
            };
            let mut tokens = Vec::new();
            for token in [
                good().sign(),
                good().expires_in(-3600).sign(),
                good().audience("S3CRET-AUDIENCE").sign(),
                good().claim("iss", "https://S3CRET-ISSUER").sign(),
                good().header("kid", "S3CRET-KID").sign(),
                good().claim("scope", "S3CRET\"SCOPE").sign(),
                "S3CRET-GARBAGE".to_owned(),
            ] {
                server.call("read", &token).await;
                server.call("write", &token).await;
                server.send(call("read").uri(&format!("/mcp?access_token={token}")).build()).await;
                server.send(call("read").bearer(&token).bearer(&token).build()).await;
                let opened = server.send(initialize(VERSIONS[0]).bearer(&token).build()).await;
                if let Some(session) = opened.header("mcp-session-id") {
                    server
                        .send(call_in(VERSIONS[0], "read").header("mcp-session-id", session).bearer(&token).build())
                        .await;
                }
                tokens.push(token);
            }
            tokens
        })
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.len() > 1000, "something was logged");
    for token in secrets {
        for part in token.split('.').filter(|part| part.len() > 20) {
            assert!(!log.contains(part), "a part of a token was logged");
        }
    }
    for line in log.lines() {
        assert!(!line.contains("S3CRET"), "{line}");
    }
}
