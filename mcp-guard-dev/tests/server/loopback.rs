//! Requests of web pages: pages on loopback are served, other pages are rejected.

use mcp_guard_dev::DevAuthServer;
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{body, client, form, send, start};

const INSPECTOR: &str = "http://localhost:6274";

/// Sends a request with exactly these headers, and returns the whole response.
async fn raw(server: &DevAuthServer, request_line: &str, headers: &[&str]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let request = format!("{request_line}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

#[tokio::test]
async fn only_loopback_hosts_and_origins_are_served() {
    let server = start().await;
    for (headers, expected) in [
        (&["Host: localhost"][..], 200),
        (&["Host: 127.0.0.1:8081"], 200),
        (&["Host: [::1]:8081"], 200),
        (&["Host: localhost", "Origin: http://localhost:6274"], 200),
        (&["Host: localhost", "Origin: https://[::1]"], 200),
        (&[], 403),
        (&["Host:"], 403),
        (&["Host: evil.example"], 403),
        (&["Host: evil.example:8081"], 403),
        (&["Host: 127.0.0.1.evil.com"], 403),
        (&["Host: 127.0.0.1@evil"], 403),
        (&["Host: [::1]evil:80"], 403),
        (&["Host: localhost", "Host: localhost"], 403),
        (&["Host: evil.example", "Host: localhost"], 403),
        (&["Host: evil.example", "Origin: http://localhost:6274"], 403),
        (&["Host: localhost", "Origin: null"], 403),
        (&["Host: localhost", "Origin:"], 403),
        (&["Host: localhost", "Origin: http://evil.example"], 403),
        (&["Host: localhost", "Origin: http://localhost.evil.example"], 403),
        (&["Host: localhost", "Origin: http://localhost", "Origin: http://localhost"], 403),
    ] {
        let answer = raw(&server, "GET /jwks HTTP/1.1", headers).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{headers:?} {answer}");
        assert_eq!(answer.contains("content-type: text/plain"), expected == 403, "{answer}");
        assert_eq!(answer.contains("\"keys\""), expected == 200, "{answer}");
    }
    assert_eq!(server.jwks_fetches(), 5);
}

#[tokio::test]
async fn absolute_request_target_host_is_checked() {
    let server = start().await;
    for (target, host, expected) in [
        ("http://localhost/jwks", "Host: localhost", 200),
        ("http://evil.example/jwks", "Host: localhost", 403),
        ("http://localhost/jwks", "Host: evil.example", 403),
    ] {
        let answer = raw(&server, &format!("GET {target} HTTP/1.1"), &[host]).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{target} {host} {answer}");
    }
}

#[tokio::test]
async fn foreign_page_is_rejected_at_every_endpoint() {
    let server = start().await;
    let metadata = format!("{}/.well-known/oauth-authorization-server", server.issuer());
    let unknown = format!("{}/unknown", server.issuer());
    for (method, url) in [
        (Method::POST, server.token_endpoint()),
        (Method::OPTIONS, server.token_endpoint()),
        (Method::POST, server.registration_endpoint()),
        (Method::GET, server.authorization_endpoint()),
        (Method::GET, server.jwks_uri()),
        (Method::GET, &metadata),
        (Method::GET, &unknown),
    ] {
        let preflight = ("access-control-request-method", "POST");
        for (name, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
            let request = client().request(method.clone(), url).header(preflight.0, preflight.1).header(name, value);
            let response = send(request).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {url} {name}");
            assert!(response.headers().get("access-control-allow-origin").is_none());
        }
    }
}

#[tokio::test]
async fn local_page_passes_preflight_and_reads_response() {
    let server = start().await;
    let preflight = client()
        .request(Method::OPTIONS, server.token_endpoint())
        .header("origin", INSPECTOR)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,mcp-protocol-version");
    let response = send(preflight).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers["access-control-allow-origin"], INSPECTOR);
    assert_eq!(headers["access-control-allow-methods"], "*");
    assert_eq!(headers["access-control-allow-headers"], "authorization,content-type,mcp-protocol-version");
    assert!(headers.get("access-control-allow-credentials").is_none());

    let pairs = [("grant_type", "client_credentials"), ("client_id", "c"), ("resource", "urn:a")];
    let response = send(form(server.token_endpoint(), &pairs).header("origin", INSPECTOR)).await;
    assert_eq!(response.headers()["access-control-allow-origin"], INSPECTOR);
    let vary = response.headers()["vary"].to_str().unwrap().to_ascii_lowercase();
    assert!(vary.contains("origin"), "{vary}");
    assert!(body(response).await["access_token"].is_string());
}
