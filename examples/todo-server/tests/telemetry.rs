//! Metrics and traces of the server, and the features that they need.

use std::process::{Command, Output};

/// Returns the output of a server that only checks its configuration.
fn check(variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_todo-server"))
        .arg("--check-config")
        .env_clear()
        .env("RUST_LOG", "off")
        .envs(variables.iter().copied())
        .output()
        .expect("the server is built")
}

#[test]
fn address_for_metrics_needs_the_feature() {
    let output = check(&[("MCP_GUARD_METRICS_LISTEN", "127.0.0.1:9464")]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), cfg!(feature = "prometheus"), "{errors}");
    let named = "MCP_GUARD_METRICS_LISTEN: not used by mcp-guard without its `prometheus` feature";
    assert_eq!(errors.contains(named), !cfg!(feature = "prometheus"), "{errors}");
    let output = check(&[("MCP_GUARD_METRICS_LISTEN", "9464")]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("MCP_GUARD_METRICS_LISTEN"), "{errors}");
}

#[cfg(feature = "otel")]
mod traces {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::Stdio;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Bytes;
    use axum::routing::post;

    use super::*;

    #[test]
    fn unsupported_exporters_are_errors() {
        for (name, value) in [
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "not a URL"),
        ] {
            let output = check(&[
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
                (name, value),
            ]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && errors.contains(name), "{name}: {errors}");
        }
    }

    /// A collector that keeps what it receives.
    async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
        let received = Arc::new(Mutex::new(Vec::new()));
        let store = Arc::clone(&received);
        let router = Router::new().route(
            "/v1/traces",
            post(move |body: Bytes| {
                store.lock().expect("no test panicked").extend_from_slice(&body);
                std::future::ready(())
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("the address is known"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, received)
    }

    /// Calls a tool on stdio. Returns after the server has ended.
    fn call_once(variables: &[(&str, &str)]) {
        let mut server = Command::new(env!("CARGO_BIN_EXE_todo-server"))
            .arg("--stdio")
            .env_clear()
            .envs([("RUST_LOG", "warn"), ("TODO_DATABASE", "sqlite::memory:")])
            .envs([("MCP_GUARD_SUBJECT", "alice"), ("MCP_GUARD_SCOPES", "todo:write")])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server is built");
        let mut input = server.stdin.take().expect("stdin is piped");
        let mut output = BufReader::new(server.stdout.take().expect("stdout is piped")).lines();
        for request in [
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"create_todo","arguments":{"title":"S3CRET"},"_meta":{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}}"#,
        ] {
            writeln!(input, "{request}").expect("the server reads");
            if request.contains("\"id\"") {
                output.next().expect("the server answers").expect("the answer is a line");
            }
        }
        drop(input);
        assert!(server.wait().expect("the server exits").success());
    }

    fn contains(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|window| window == text)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn spans_are_exported_when_the_server_stops() {
        let (url, received) = collector().await;
        let exported = async |variables: Vec<(&'static str, String)>| {
            received.lock().expect("no test panicked").clear();
            let call = move || {
                let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
                call_once(&variables);
            };
            tokio::task::spawn_blocking(call).await.expect("the call succeeds");
            received.lock().expect("no test panicked").clone()
        };
        let endpoint = || ("OTEL_EXPORTER_OTLP_ENDPOINT", url.clone());
        let spans = exported(vec![endpoint(), ("OTEL_SERVICE_NAME", "my-todos".to_owned())]).await;
        let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
        for part in [b"tools/call create_todo".as_slice(), b"my-todos", b"mcp.method.name", &trace] {
            assert!(contains(&spans, part), "{}: {}", String::from_utf8_lossy(part), String::from_utf8_lossy(&spans));
        }
        assert!(!contains(&spans, b"S3CRET"), "arguments are not exported");
        assert!(contains(&exported(vec![endpoint()]).await, b"todo-server"));
        for (name, value) in
            [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_SAMPLER", "always_off")]
        {
            assert!(exported(vec![endpoint(), (name, value.to_owned())]).await.is_empty(), "{name}");
        }
    }
}
