//! A wrong configuration stops the start, and the error names the variable.

use std::process::Command;

#[test]
fn a_wrong_configuration_stops_the_start_and_names_the_variable() {
    for (variable, value, named) in [
        ("MCP_GUARD_LISTEN", "8080", "MCP_GUARD_LISTEN"),
        ("MCP_GUARD_LISTEN", "0.0.0.0:8080", "MCP_GUARD_RESOURCE"),
        ("MCP_GUARD_ISSUR", "https://auth.example.com", "MCP_GUARD_ISSUR"),
        ("MCP_GUARD_ISSUER", "", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_ISSUER", "http://auth.example.com", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_ISSUER", "http://127.0.0.1:1", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_RESOURCE", "https://todo.example.com/mcp", "MCP_GUARD_ISSUER"),
        ("MCP_GUARD_RESOURCE", "http://127.0.0.1:8080/mcp?x", "MCP_GUARD_RESOURCE"),
        ("MCP_GUARD_RESOURCE", "http://127.0.0.1:8080/health", "MCP_GUARD_RESOURCE"),
        ("MCP_GUARD_AUDIENCE", "a,,b", "MCP_GUARD_AUDIENCE"),
        ("MCP_GUARD_PROVIDER", "keyclock", "MCP_GUARD_PROVIDER"),
        ("MCP_GUARD_ALLOWED_ORIGINS", "*", "MCP_GUARD_ALLOWED_ORIGINS"),
        ("MCP_GUARD_ALLOWED_HOSTS", "https://h", "MCP_GUARD_ALLOWED_HOSTS"),
        ("MCP_GUARD_TLS_CERT", "cert.pem", "MCP_GUARD_TLS_KEY"),
        ("MCP_GUARD_CLIENT_SECRET", "s3cret", "MCP_GUARD_CLIENT_SECRET"),
        ("MCP_GUARD_DEV_LISTEN", "0.0.0.0:0", "MCP_GUARD_DEV_LISTEN"),
        ("TODO_DATABASE", "sqlite:/nonexistent/todos.db", "TODO_DATABASE"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_todo-server"))
            .env_clear()
            .envs([("RUST_LOG", "off"), ("MCP_GUARD_DEV_LISTEN", "127.0.0.1:0"), ("TODO_DATABASE", "sqlite::memory:")])
            .env(variable, value)
            .output()
            .expect("the server is built");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{variable}={value}");
        assert!(message.contains(named), "{variable}={value}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
        assert!(output.stdout.is_empty(), "{variable}={value}: nothing was started");
    }
}
