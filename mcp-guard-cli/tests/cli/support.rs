//! Runs the binary with files of their own.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// The output of a run.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Returns the report.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the output is text");
        Self {
            status: output.status.code().expect("the program exits"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// Returns the binary.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-guard"));
    command.env_clear();
    command
}

/// Runs the binary without input.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    command().args(arguments).stdin(Stdio::null()).output().expect("the binary runs").into()
}

/// Runs the binary with this input.
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("the input is a pipe").write_all(input).expect("the binary reads");
    child.wait_with_output().expect("the binary ends").into()
}

/// Writes a file for one test, and returns its path.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("the folder is writable");
    path.to_str().expect("the path is text").to_owned()
}

/// An operation of a matrix.
pub(crate) fn operation(kind: &str, name: &str, requirement: impl Into<Value>) -> Value {
    let requirement = requirement.into();
    json!({
        "kind": kind, "name": name, "requirement": requirement, "depends_on_arguments": false, "report_only": false,
        "schema": "s", "description": "d",
    })
}

/// A matrix with every form of a requirement.
pub(crate) fn matrix() -> Value {
    json!({
        "version": 1,
        "baseline": ["base"],
        "hierarchy": {"admin": ["audit", "base", "delete", "read", "write"], "write": ["read"]},
        "operations": [
            operation("tool", "audit", json!({"any": ["audit", "write"]})),
            operation("tool", "delete", json!({"all": ["delete", "write"]})),
            operation("tool", "list", json!({"all": ["read"]})),
            operation("tool", "open", json!("public")),
            operation("tool", "share", json!({"all": ["write"]})),
            operation("tool", "who", json!("authenticated")),
            operation("prompt", "plan", json!({"all": ["read"]})),
            operation("template", "todo://{id}", json!({"all": ["read"]})),
        ],
    })
}
