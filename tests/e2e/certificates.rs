//! Tokens that are bound to a client's TLS certificate (RFC 8705).

use http::StatusCode;
use mcp_guard::layer::ClientCertificate;
use mcp_guard::settings::Dpop;
use mcp_guard_dev::{SigningAlgorithm, SigningKey};
use rcgen::{Certificate, generate_simple_self_signed};

use crate::support::{Answer, Post, Server, VERSIONS, call, call_in, initialize};

fn certificate() -> Certificate {
    generate_simple_self_signed(["client".to_owned()]).unwrap().cert
}

/// Sends a request as the TLS terminator does, with the certificate that the client presented in the handshake.
async fn send(server: &Server, certificate: Option<&Certificate>, post: Post) -> Answer {
    let mut request = post.build();
    if let Some(certificate) = certificate {
        request.extensions_mut().insert(ClientCertificate::from_der(certificate.der()));
    }
    server.send(request).await
}

#[tokio::test]
async fn bound_token_requires_its_client_certificate() {
    let server = Server::start().await;
    let (mine, theirs) = (certificate(), certificate());
    let token = server.token_builder("todo:read").bound_to_certificate(mine.der()).sign();
    for version in VERSIONS {
        let session = match version.is_stateless() {
            true => None,
            false => {
                let opened = send(&server, Some(&mine), initialize(version).bearer(&token)).await;
                Some(opened.session().to_owned())
            }
        };
        let read = || call_in(version, "read").within(session.as_ref()).bearer(&token);
        assert_eq!(send(&server, Some(&mine), read()).await.status, StatusCode::OK, "{version:?}");
        // The owner used the token before, so it is cached.
        for (case, certificate) in [("another certificate", Some(&theirs)), ("none", None)] {
            let answer = send(&server, certificate, read()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case} in {version:?}");
            assert!(answer.challenge().starts_with("Bearer error=\"invalid_token\""), "{case}");
        }
    }
    assert_eq!(server.runs(), 3);
    let unbound = call("read").bearer(&server.token("todo:read"));
    assert_eq!(
        send(&server, Some(&theirs), unbound).await.status,
        StatusCode::OK,
        "a certificate does not affect unbound tokens"
    );
}

#[tokio::test]
async fn certificate_headers_are_ignored() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::optional())).await;
    let certificate = certificate();
    let token = server.token_builder("todo:read").bound_to_certificate(certificate.der()).sign();
    let pem = certificate.pem();
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let encoded = pem.replace('\r', "").replace('\n', "%0A");
    for name in [
        // The header of RFC 9440, and the headers of common proxies.
        "client-cert",
        "client-cert-chain",
        "x-client-cert",
        "x-client-certificate",
        "x-forwarded-client-cert",
        "x-forwarded-tls-client-cert",
        "x-ssl-client-cert",
        "x-ssl-cert",
        "ssl-client-cert",
        "x-amzn-mtls-clientcert",
        "x-arr-clientcert",
    ] {
        for value in [base64.clone(), format!(":{base64}:"), format!("Cert=\"{encoded}\""), encoded.clone()] {
            let answer = send(&server, None, call("read").header(name, &value).bearer(&token)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        }
    }
    assert_eq!(server.runs(), 0);
    let answer = send(&server, Some(&certificate), call("read").bearer(&token)).await;
    assert_eq!(answer.status, StatusCode::OK, "the certificate matches");
}

#[tokio::test]
async fn doubly_bound_token_requires_certificate_and_proof() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::optional())).await;
    let (certificate, key) = (certificate(), SigningKey::generate(SigningAlgorithm::Es256));
    let bound = || server.token_builder("todo:read").bound_to_certificate(certificate.der());
    let (both, to_certificate) = (bound().bound_to(&key).sign(), bound().sign());
    for (case, certificate, post, status) in [
        ("both", Some(&certificate), call("read").dpop(&both, &key), StatusCode::OK),
        ("the certificate alone", Some(&certificate), call("read").bearer(&both), StatusCode::UNAUTHORIZED),
        ("the key alone", None, call("read").dpop(&both, &key), StatusCode::UNAUTHORIZED),
        (
            "a proof with a token that is bound to the certificate only",
            Some(&certificate),
            call("read").dpop(&to_certificate, &key),
            StatusCode::UNAUTHORIZED,
        ),
    ] {
        assert_eq!(send(&server, certificate, post).await.status, status, "{case}");
    }
    assert_eq!(server.runs(), 1);
}
