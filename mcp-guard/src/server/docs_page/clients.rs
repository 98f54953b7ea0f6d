//! The configuration of common clients, as their documentation describes it in November 2026.

use serde_json::{Value, json};

/// A client, and the command or configuration that connects it.
pub(super) struct Client {
    pub(super) name: &'static str,
    /// What to do with the snippet.
    pub(super) before: &'static str,
    pub(super) snippet: String,
    /// The next step, if there is one.
    pub(super) after: &'static str,
}

/// The longest name of a server in a configuration.
const MAX_NAME: usize = 40;

/// Returns the snippets that connect clients to a server.
pub(super) fn snippets(title: &str, resource: &str) -> Vec<Client> {
    let name = server_name(title);
    let url = quoted(resource);
    let reachable = "The service must be able to reach the URL over the internet.";
    let client = |name, before, snippet, after| Client { name, before, snippet, after };
    vec![
        client(
            "Claude Code",
            "Run this command:",
            format!("claude mcp add --transport http {name} {url}"),
            "Then enter /mcp in Claude Code, and log in.",
        ),
        client(
            "Claude (web and desktop)",
            "In Customize, Connectors, choose Add custom connector, and enter this URL:",
            resource.to_owned(),
            reachable,
        ),
        client(
            "VS Code",
            "Add this to .vscode/mcp.json, or run the command MCP: Add Server:",
            pretty(&json!({"servers": {&name: {"type": "http", "url": resource}}})),
            "",
        ),
        client(
            "Cursor",
            "Add this to .cursor/mcp.json in the project, or to ~/.cursor/mcp.json:",
            pretty(&json!({"mcpServers": {&name: {"url": resource}}})),
            "",
        ),
        client(
            "ChatGPT",
            "In the developer mode, add a custom MCP server with OAuth and this URL:",
            resource.to_owned(),
            reachable,
        ),
        client("Codex", "Run these commands:", format!("codex mcp add {name} --url {url}\ncodex mcp login {name}"), ""),
        client(
            "Gemini CLI",
            "Run this command:",
            format!("gemini mcp add --transport http {name} {url}"),
            "Then enter /mcp in Gemini CLI to see the state of the connection.",
        ),
        client(
            "MCP Inspector",
            "Run this command, and open the URL that it prints:",
            format!("npx @modelcontextprotocol/inspector --server-url {url} --transport http"),
            "",
        ),
    ]
}

/// Returns the title as a name of lower-case letters, digits and hyphens, which needs no quotes in a shell.
fn server_name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    name.truncate(MAX_NAME);
    let name = name.trim_end_matches('-');
    if name.is_empty() { "mcp-server".to_owned() } else { name.to_owned() }
}

/// Returns the URL as one word of a shell.
fn quoted(url: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/._-~%".contains(&byte);
    if url.bytes().all(is_plain) { url.to_owned() } else { format!("'{}'", url.replace('\'', r"'\''")) }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
