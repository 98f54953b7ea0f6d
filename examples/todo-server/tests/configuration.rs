//! An invalid configuration prevents the start, and the error names the variable.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use mcp_guard::GuardedServer as _;
use mcp_guard::layer::ScopeMatrix;

/// Serves one client on standard input and output.
#[test]
fn stdio_caller_comes_from_environment() {
    let requests = [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"create_todo","arguments":{"title":"Buy milk"}}}"#,
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"share_todo","arguments":{"id":1,"with":"everyone"}}}"#,
        r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"share_todo","arguments":{"id":1,"with":"bob"}}}"#,
    ];
    let mut server = Command::new(env!("CARGO_BIN_EXE_todo-server"))
        .arg("--stdio")
        .env_clear()
        .envs([("RUST_LOG", "off"), ("TODO_DATABASE", "sqlite::memory:")])
        .envs([("MCP_GUARD_SUBJECT", "alice"), ("MCP_GUARD_SCOPES", "todo:write")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server is built");
    let mut input = server.stdin.take().expect("stdin is piped");
    let mut output = BufReader::new(server.stdout.take().expect("stdout is piped")).lines();
    let mut answers = Vec::new();
    for request in requests {
        writeln!(input, "{request}").expect("the server reads");
        if request.contains("\"id\"") {
            answers.push(output.next().expect("the server answers").expect("the answer is a line"));
        }
    }
    drop(input);
    assert!(server.wait().expect("the server exits").success());
    let [_, created, everyone, bob] = answers.as_slice() else { panic!("{answers:?}") };
    assert!(created.contains("\"isError\":false"), "{created}");
    assert!(everyone.contains("\"isError\":true"), "{everyone}");
    assert!(everyone.contains("\"scope\":\"todo:read todo:share todo:write\""), "{everyone}");
    assert!(bob.contains("\"isError\":false"), "{bob}");
}

#[test]
fn stdio_requires_a_caller() {
    for (arguments, variables, named) in [
        (&["--stdio"][..], &[][..], "MCP_GUARD_SUBJECT"),
        (&["--stdio"], &[("MCP_GUARD_SCOPES", "todo:read")], "MCP_GUARD_SUBJECT"),
        (&["--stdio"], &[("MCP_GUARD_SUBJECT", "alice"), ("MCP_GUARD_SCOPES", "a\"b")], "MCP_GUARD_SCOPES"),
        (&["--stdoi"], &[], "--stdio"),
        (&[], &[("MCP_GUARD_SUBJECT", "alice")], "MCP_GUARD_SUBJECT"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_todo-server"))
            .args(arguments)
            .env_clear()
            .envs([("RUST_LOG", "off"), ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:0"), ("TODO_DATABASE", "sqlite::memory:")])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("the server is built");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?} {variables:?}");
        assert!(message.contains(named), "{arguments:?} {variables:?}: {message}");
    }
}

#[test]
fn invalid_configuration_error_names_the_variable() {
    for (variable, value, named) in [
        ("MCP_GUARD_LISTEN", "8080", "MCP_GUARD_LISTEN"),
        ("MCP_GUARD_LISTEN", "0.0.0.0:8080", "MCP_GUARD_RESOURCE"),
        ("MCP_GUARD_ISSUR", "https://auth.example.com", "MCP_GUARD_ISSUR"),
        ("MCP_GUARD_ISSUER", "", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_ISSUER", "http://auth.example.com", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_FAIL_FAST", "1", "MCP_GUARD_FAIL_FAST"),
        ("MCP_GUARD_DOCS", "1", "MCP_GUARD_DOCS"),
        ("MCP_GUARD_RESOURCE", "https://todo.example.com/mcp", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_RESOURCE", "http://127.0.0.1:8080/mcp?x", "MCP_GUARD_RESOURCE"),
        ("MCP_GUARD_RESOURCE", "http://127.0.0.1:8080/health", "MCP_GUARD_RESOURCE"),
        ("MCP_GUARD_AUDIENCE", "a,,b", "MCP_GUARD_AUDIENCE"),
        ("MCP_GUARD_PROVIDER", "keyclock", "MCP_GUARD_PROVIDER"),
        ("MCP_GUARD_ALLOWED_ORIGINS", "*", "MCP_GUARD_ALLOWED_ORIGINS"),
        ("MCP_GUARD_ALLOWED_HOSTS", "https://h", "MCP_GUARD_ALLOWED_HOSTS"),
        ("MCP_GUARD_TLS_CERT", "cert.pem", "MCP_GUARD_TLS_KEY"),
        ("MCP_GUARD_CLIENT_SECRET", "s3cret", "MCP_GUARD_CLIENT_SECRET"),
        ("MCP_GUARD_LONGEST_TOKEN_SECONDS", "60", "MCP_GUARD_REVOCATION_SCOPE"),
        ("MCP_GUARD_REVOCATION_SCOPE", "a b", "MCP_GUARD_REVOCATION_SCOPE"),
        ("MCP_GUARD_DEV_LISTEN", "0.0.0.0:0", "MCP_GUARD_DEV_LISTEN"),
        ("TODO_DATABASE", "sqlite:/nonexistent/todos.db", "TODO_DATABASE"),
    ] {
        let output = started_with(&[(variable, value)]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{variable}={value}");
        assert!(message.contains(named), "{variable}={value}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
        assert!(output.stdout.is_empty(), "{variable}={value}: the server started");
    }
}

/// Returns the output of the server, which ends by itself with this argument.
fn output_of(argument: &str, variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_todo-server"))
        .arg(argument)
        .env_clear()
        .envs([("RUST_LOG", "off"), ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:1")])
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the server is built")
}

fn checked(variables: &[(&str, &str)]) -> Output {
    output_of("--check-config", variables)
}

#[test]
fn printed_matrix_has_baseline_and_hierarchy() {
    let output = output_of("--print-matrix", &[]);
    let text = String::from_utf8(output.stdout).expect("JSON is text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let matrix: ScopeMatrix = serde_json::from_str(&text).expect("the output is a matrix");
    assert_eq!(matrix.baseline().to_string(), "todo:read");
    assert_eq!(matrix.to_string(), todo_server::Todos::scope_matrix().to_string());
    assert!(text.contains("\"hierarchy\": {\n    \"todo:write\": [\n      \"todo:read\"\n    ]\n  }"), "{text}");
    assert!(matrix.entries().iter().all(|entry| entry.schema().is_some() && entry.description().is_some()));

    let output = output_of("--print-matrix", &[("MCP_GUARD_ISSUR", "x")]);
    assert!(!output.status.success() && output.stdout.is_empty());
}

#[test]
fn check_prints_the_configuration_without_secrets() {
    let proxied = [("MCP_GUARD_EGRESS_PROXY", "http://user:s3cret@127.0.0.1:1"), ("MCP_GUARD_MOUNT_PATH", "/inner")];
    let issuer = [("MCP_GUARD_RESOURCE", "https://todo.example.com/mcp"), ("MCP_GUARD_ISSUER", "http://127.0.0.1:1")];
    for (variables, expected) in [
        (&[][..], &["resource:   http://127.0.0.1:8080/mcp", "issuer:     http://127.0.0.1:1", "public:     none"][..]),
        (&[proxied, issuer].concat(), &["endpoint:   /inner", "MCP_GUARD_EGRESS_PROXY=[redacted]"]),
    ] {
        let output = checked(variables);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{variables:?}: {}", String::from_utf8_lossy(&output.stderr));
        for line in expected {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn check_reports_every_mistake_at_once() {
    let variables = [
        ("MCP_GUARD_ISSUR", "x"),
        ("MCP_GUARD_ISSUER", "http://auth.example.com"),
        ("MCP_GUARD_LISTEN", "8080"),
        ("MCP_GUARD_MOUNT_PATH", "mcp"),
        ("MCP_GUARD_LEEWAY_SECONDS", "1m"),
    ];
    let output = checked(&variables);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty(), "{text}");
    for name in ["MCP_GUARD_ISSUR", "MCP_GUARD_LISTEN", "MCP_GUARD_MOUNT_PATH", "MCP_GUARD_LEEWAY_SECONDS"] {
        assert!(text.contains(name), "{name}: {text}");
    }
}

/// The unconfigured server listens where the resource URL says, and the MCP Inspector may call it from a browser.
#[test]
fn inspector_may_call_the_unconfigured_server() {
    // No process gets such a port by asking for any.
    let ports = 20_000..30_000_u16;
    let port = ports.cycle().skip(std::process::id() as usize % 10_000);
    let mut port = port.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let port = port.next().expect("a free port");
    let mut server = Command::new(env!("CARGO_BIN_EXE_todo-server"))
        .env_clear()
        .envs([("RUST_LOG", "off"), ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:0"), ("TODO_DATABASE", "sqlite::memory:")])
        .env("MCP_GUARD_RESOURCE", format!("http://127.0.0.1:{port}/mcp"))
        .stdout(Stdio::null())
        .spawn()
        .expect("the server is built");
    let mut connection = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(connection) => break connection,
            Err(_) => assert!(server.try_wait().expect("it is a child").is_none(), "the server stopped"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    for (origin, is_allowed) in
        [("http://localhost:6274", true), ("http://127.0.0.1:6274", true), ("http://localhost:6275", false)]
    {
        let preflight = format!(
            "OPTIONS /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\r\n"
        );
        connection.write_all(preflight.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        let mut buffer = [0; 4096];
        while !answer.contains("\r\n\r\n") {
            let read = connection.read(&mut buffer).expect("the server answers");
            assert!(read > 0, "{answer}");
            answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        let allowed = format!("access-control-allow-origin: {origin}\r\n");
        assert_eq!(answer.contains(&allowed), is_allowed, "{answer}");
        if !is_allowed {
            assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        }
    }
    server.kill().expect("it is a child");
    server.wait().expect("it is a child");
}

#[test]
fn development_issuer_requires_loopback_server() {
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let output =
            started_with(&[("MCP_GUARD_LISTEN", listen), ("MCP_GUARD_RESOURCE", "https://localhost:8080/mcp")]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{listen}");
        assert!(message.contains("MCP_GUARD_LISTEN") && message.contains("MCP_GUARD_ISSUER"), "{message}");
        assert!(output.stdout.is_empty(), "commands were printed");
    }
}

#[test]
fn incomplete_provider_configuration_is_an_error() {
    let scalekit = [("MCP_GUARD_PROVIDER", "scalekit"), ("MCP_GUARD_ISSUER", "https://acme.scalekit.dev")];
    let google = [("MCP_GUARD_PROVIDER", "google"), ("MCP_GUARD_AUDIENCE", "x")];
    for (variables, named) in [
        (&scalekit[..], "MCP_GUARD_AUDIENCE"),
        (&scalekit[..1], "MCP_GUARD_AUDIENCE"),
        (&google[..1], "MCP_GUARD_CLIENT_ID"),
        (&google[..], "MCP_GUARD_CLIENT_ID"),
        (&[("MCP_GUARD_PROVIDER", "auth0")], "MCP_GUARD_ISSUER"),
    ] {
        let output = started_with(variables);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{variables:?}");
        assert!(message.contains(named), "{variables:?}: {message}");
        assert!(output.stdout.is_empty(), "{variables:?}: a server started");
    }
}

#[test]
fn fail_fast_ends_the_server_without_an_issuer() {
    let output = started_with(&[("MCP_GUARD_ISSUER", "http://127.0.0.1:1"), ("MCP_GUARD_FAIL_FAST", "true")]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains("MCP_GUARD_ISSUER"), "{message}");
}

/// Starts the server, and returns its output once it ended. One that serves is killed after a while.
fn started_with(variables: &[(&str, &str)]) -> Output {
    let mut server = Command::new(env!("CARGO_BIN_EXE_todo-server"))
        .env_clear()
        .envs([("RUST_LOG", "off"), ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:0"), ("TODO_DATABASE", "sqlite::memory:")])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server is built");
    let start = Instant::now();
    while server.try_wait().expect("it is a child").is_none() {
        if start.elapsed() > Duration::from_secs(20) {
            server.kill().expect("it is a child");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    server.wait_with_output().expect("it ended")
}
