//! Messages that name a session, a stream or a request of another caller.

use axum::extract::Request;
use axum::response::IntoResponse as _;
use http::Method;
use http_body_util::BodyExt as _;
use mcp_guard::Issuer;
use mcp_guard::layer::{AuthLayer, Challenger, GateLayer};
use mcp_guard::policy::Policy;
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::*;
use crate::support::METADATA;

/// The revisions with sessions.
const LEGACY: [Version; 2] = [VERSIONS[0], VERSIONS[1]];

fn notification(version: Version, method: &str, params: &Value) -> Post {
    let body = json!({"jsonrpc": "2.0", "method": method, "params": params});
    let post = raw(body.to_string()).header("mcp-protocol-version", version.0);
    if version.is_stateless() { post.header("mcp-method", method) } else { post }
}

fn replay(version: Version, after: &str) -> Post {
    let get = raw("").method(Method::GET).set("accept", "text/event-stream");
    get.header("mcp-protocol-version", version.0).header("last-event-id", after)
}

fn call(version: Version, tool: &str) -> Post {
    request(version, "tools/call", json!({"name": tool, "arguments": {}}))
}

async fn eventually(case: &str, reached: impl Fn() -> bool) {
    for _ in 0..400 {
        if reached() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("never: {case}");
}

#[tokio::test]
async fn messages_in_a_foreign_session_are_not_found() {
    for version in LEGACY {
        let owned = Owned::start().await;
        let owner = owned.owner();
        let session = owned.connect(version, Some(&owner)).await.unwrap();
        let messages = || {
            [
                call(version, "complete"),
                request(version, "resources/subscribe", json!({"uri": "todo://notes/1"})),
                notification(version, "notifications/cancelled", &json!({"requestId": 7})),
                notification(version, "notifications/progress", &json!({"progressToken": 0, "progress": 1.0})),
                raw(json!({"jsonrpc": "2.0", "id": 0, "result": {}}).to_string()),
                replay(version, "0"),
                raw("").method(Method::GET).set("accept", "text/event-stream"),
                raw("").method(Method::DELETE),
            ]
        };
        for (who, token) in owned.others() {
            for message in messages() {
                let answer = owned.send(message.clone().header("mcp-session-id", &session), token.as_ref()).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{message:?} by {who}: {answer:?}");
            }
        }
        for forged in forged(&session) {
            let answer = owned.send(call(version, "complete").header("mcp-session-id", &forged), Some(&owner)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{forged}");
        }
        let answer = owned.send(call(version, "complete").header("mcp-session-id", &session), Some(&owner)).await;
        assert_eq!(answer.result_text(), "complete", "the session is still open");
    }
}

#[tokio::test]
async fn replay_stays_within_the_session() {
    for version in LEGACY {
        let owned = Owned::start().await;
        let owner = owned.owner();
        // All sessions have an event with this id.
        let mut callers = owned.others();
        callers.extend([("its owner", Some(owner.clone())), ("another session of its owner", Some(owner))]);
        let mut sessions = Vec::new();
        for (id, (who, token)) in callers.iter().enumerate() {
            let session = owned.connect(version, token.as_ref()).await;
            let tell = request(version, "tools/call", json!({"name": "tell", "arguments": {"id": id}}));
            let answer = owned.send(tell.within(session.as_ref()), token.as_ref()).await;
            assert_eq!(answer.status, StatusCode::OK, "{who}: {answer:?}");
            sessions.push((id, who, token, session));
        }
        for (id, who, token, session) in sessions {
            let get = replay(version, "0").within(session.as_ref());
            let get = token.iter().fold(get, |get, token| get.bearer(token)).build();
            let mut stream = owned.server.router.clone().oneshot(get).await.unwrap().into_body();
            let mut read = String::new();
            while !read.contains("todo://notes/") {
                let frame = stream.frame().await.unwrap_or_else(|| panic!("no event for {who}: {read}")).unwrap();
                read += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
            }
            assert!(read.contains(&format!("todo://notes/{id}\"")), "{who} replays events of the own session: {read}");
            assert_eq!(read.matches("todo://notes/").count(), 1, "{who}: {read}");
        }
    }
}

#[tokio::test]
async fn nothing_is_replayed_without_a_session() {
    let owned = Owned::start().await;
    let answer = owned.send(replay(VERSIONS[2], "0"), Some(&owned.owner())).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{answer:?}");
    for version in LEGACY {
        let answer = owned.send(replay(version, "0"), Some(&owned.owner())).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
    }
}

/// An application can put any service behind the layers, for example rmcp with an event store.
#[tokio::test]
async fn layers_alone_seal_sessions_and_replay() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let auth = AuthLayer::new(validator, Policy::default(), Challenger::new(METADATA)).for_mcp();
    let service = || {
        let inner = service_fn(async |request: Request| {
            let replays = request.headers().contains_key("last-event-id");
            Ok::<_, std::convert::Infallible>(([("mcp-session-id", "raw")], replays.to_string()).into_response())
        });
        auth.layer(GateLayer::new::<Jobs>(1024 * 1024).layer(inner))
    };
    let send = async |post: Post, token: &str| {
        let response = service().oneshot(post.bearer(token).build()).await.unwrap();
        let session = response.headers().get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (session, String::from_utf8(body.to_vec()).unwrap())
    };
    let owner = alice(issuer.token());
    let (session, _) = send(initialize(VERSIONS[1]), &owner).await;
    let session = session.unwrap();
    assert!(session.starts_with("raw."), "{session}");
    let within = |session: &str| replay(VERSIONS[1], "0").header("mcp-session-id", session);
    assert_eq!(send(within(&session), &owner).await.1, "true", "each layer of the process opens the session");
    for version in VERSIONS {
        assert_eq!(send(replay(version, "0"), &owner).await.1, "false", "without a session");
    }
    for (session, token) in [
        (session.as_str(), alice(issuer.token().subject("bob"))),
        ("raw", owner.clone()),
        (&forged(&session)[2], owner),
    ] {
        assert!(send(within(session), &token).await.1.contains("Session not found"), "{session}");
    }
}

#[tokio::test]
async fn cancellation_reaches_only_its_own_session() {
    for version in LEGACY {
        let owned = Arc::new(Owned::start().await);
        let owner = owned.owner();
        let session = owned.connect(version, Some(&owner)).await;
        let (waiting, post) = (Arc::clone(&owned), call(version, "wait").within(session.as_ref()));
        let token = owner.clone();
        let call_in_progress = tokio::spawn(async move { waiting.send(post, Some(&token)).await });
        eventually("the call runs", || owned.jobs.waiting.load(Ordering::SeqCst) == 1).await;
        let cancel = || notification(version, "notifications/cancelled", &json!({"requestId": 7, "reason": "mine"}));
        for (who, token) in owned.others().into_iter().chain([("another session", Some(owner.clone()))]) {
            let session = owned.connect(version, token.as_ref()).await;
            let answer = owned.send(cancel().within(session.as_ref()), token.as_ref()).await;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{who}");
            // The session handles its messages in order, so the notification is handled.
            owned.send(call(version, "complete").within(session.as_ref()), token.as_ref()).await;
            assert_eq!(owned.jobs.waiting.load(Ordering::SeqCst), 1, "cancelled by {who}");
        }
        owned.send(cancel().within(session.as_ref()), Some(&owner)).await;
        eventually("its owner cancelled it", || owned.jobs.waiting.load(Ordering::SeqCst) == 0).await;
        call_in_progress.abort();
    }
}

#[tokio::test]
async fn cancellation_reaches_no_stateless_request() {
    let (owned, version) = (Arc::new(Owned::start().await), VERSIONS[2]);
    let owner = owned.owner();
    let (waiting, token) = (Arc::clone(&owned), owner.clone());
    let call_in_progress = tokio::spawn(async move { waiting.send(call(version, "wait"), Some(&token)).await });
    eventually("the call runs", || owned.jobs.waiting.load(Ordering::SeqCst) == 1).await;
    for (who, token) in owned.others().into_iter().chain([("its owner", Some(owner))]) {
        let cancel = notification(version, "notifications/cancelled", &json!({"requestId": 7}));
        let answer = owned.send(cancel, token.as_ref()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        owned.send(call(version, "complete"), token.as_ref()).await;
        assert_eq!(owned.jobs.waiting.load(Ordering::SeqCst), 1, "cancelled by {who}");
    }
    call_in_progress.abort();
    eventually("the client disconnected", || owned.jobs.waiting.load(Ordering::SeqCst) == 0).await;
}

#[tokio::test]
async fn progress_stays_with_the_request_of_its_token() {
    for version in VERSIONS {
        let owned = Owned::start().await;
        let bob = alice(owned.server.issuer.token().subject("bob"));
        let carol = alice(owned.server.issuer.token().subject("carol"));
        let report = async |token: &String| {
            let session = owned.connect(version, Some(token)).await;
            let mut post = call(version, "report").within(session.as_ref());
            let mut body: Value = serde_json::from_slice(&post.body).unwrap();
            body["params"]["_meta"]["progressToken"] = "same".into();
            post.body = body.to_string().into();
            owned.send(post, Some(token)).await.text
        };
        // Both have the same request id and progress token.
        let (bobs, carols) = tokio::join!(report(&bob), report(&carol));
        for (own, foreign, text) in [("bob", "carol", bobs), ("carol", "bob", carols)] {
            assert!(text.contains("notifications/progress") && text.contains(own), "{text}");
            assert!(!text.contains(foreign), "{text}");
        }
    }
}

#[tokio::test]
async fn subscriptions_with_one_id_are_separate() {
    let (owned, version) = (Owned::start().await, VERSIONS[2]);
    let bob = alice(owned.server.issuer.token().subject("bob"));
    let carol = alice(owned.server.issuer.token().subject("carol"));
    let listen = async |name: &str, token: &String| {
        let notifications = json!({"resourceSubscriptions": [format!("todo://notes/{name}")]});
        let post = request(version, "subscriptions/listen", json!({"notifications": notifications}));
        owned.send(post, Some(token)).await.text
    };
    // Both have the same request id, which is the id of the subscription.
    let (bobs, carols) = tokio::join!(listen("bob", &bob), listen("carol", &carol));
    for (own, foreign, text) in [("bob", "carol", bobs), ("carol", "bob", carols)] {
        assert!(text.contains("notifications/resources/updated") && text.contains(own), "{text}");
        assert!(!text.contains(foreign), "{text}");
    }
}
