use super::*;

#[test]
fn names_and_urls_are_single_words_of_a_shell() {
    for (title, name) in [
        ("Todos", "todos"),
        ("My  Server!", "my-server"),
        ("todo.example.com", "todo-example-com"),
        ("$(reboot) --help", "reboot-help"),
        ("日本", "mcp-server"),
        ("", "mcp-server"),
        (&"ab ".repeat(30), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a"),
    ] {
        assert_eq!(server_name(title), name, "{title}");
    }
    for (url, word) in [
        ("https://h.example:8443/a_b/mcp", "https://h.example:8443/a_b/mcp"),
        ("http://[::1]:8080/mcp", "'http://[::1]:8080/mcp'"),
        ("https://h.example/$(id);'x", r"'https://h.example/$(id);'\''x'"),
    ] {
        assert_eq!(quoted(url), word);
    }
}

#[test]
fn every_snippet_names_the_server() {
    let clients = snippets("Todos", "https://h.example/mcp");
    assert!(clients.iter().all(|client| client.snippet.contains("https://h.example/mcp")));
    let json: Vec<Value> = clients.iter().filter_map(|client| serde_json::from_str(&client.snippet).ok()).collect();
    assert_eq!(
        json,
        [
            json!({"servers": {"todos": {"type": "http", "url": "https://h.example/mcp"}}}),
            json!({"mcpServers": {"todos": {"url": "https://h.example/mcp"}}}),
        ]
    );
}
