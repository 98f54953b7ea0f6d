//! The contents of lists for different callers.

use http::StatusCode;
use mcp_guard::policy::Visibility;
use mcp_guard::settings::{Disclosure, Sessions};
use serde_json::{Value, json};

use crate::library;
use crate::library::{CALLERS, LISTS, Library, shown};
use crate::support::{Post, Runs, Server, VERSIONS, call, insufficient, request_in};

async fn serve(visibility: Visibility) -> Server {
    let library = Library::default();
    let runs: Runs = library.runs.clone();
    Server::serve_with(runs, library, |builder| {
        builder.allow_anonymous().disclosure(Disclosure::new().visibility(visibility))
    })
    .await
}

fn by(server: &Server, caller: Option<&str>, post: Post) -> http::Request<axum::body::Body> {
    match caller {
        Some(scope) => post.bearer(&server.token(scope)).build(),
        None => post.build(),
    }
}

async fn list(server: &Server, caller: Option<&str>, list: &str) -> Value {
    let answer = server.send(by(server, caller, request_in(VERSIONS[2], list, json!({})))).await;
    assert_eq!(answer.status, StatusCode::OK, "{list} by {caller:?}: {answer:?}");
    answer.json()["result"].clone()
}

#[tokio::test]
async fn lists_contain_only_granted_operations() {
    let server = serve(Visibility::Granted).await;
    for caller in CALLERS {
        let mut lists = std::collections::BTreeMap::new();
        for name in LISTS {
            lists.insert(name, shown(&list(&server, caller, name).await));
        }
        for request in library::requests() {
            let Some((list, name)) = request.listed else { continue };
            let runs = server.runs();
            let post = request_in(VERSIONS[2], request.method, request.params.clone());
            let answer = server.send(by(&server, caller, post)).await;
            let case = format!("{name} by {caller:?}: {answer:?}");
            let ran = server.runs() > runs;
            let rejected = if caller.is_some() { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
            assert_eq!(answer.status, if ran { StatusCode::OK } else { rejected }, "{case}");
            assert_eq!(lists[list].iter().any(|shown| shown == name), ran, "{case}");
        }
    }
}

#[tokio::test]
async fn lists_contain_all_operations_by_default() {
    let library = Library::default();
    let usual = Server::serve_with(library.runs.clone(), library, |builder| builder.allow_anonymous()).await;
    let all = serve(Visibility::All).await;
    for name in LISTS {
        let first = list(&usual, None, name).await;
        let mut declared: Vec<&str> = library::requests()
            .iter()
            .filter_map(|request| request.listed)
            .filter_map(|(list, op)| (list == name).then_some(op))
            .collect();
        if name == "tools/list" {
            declared.push("share");
        }
        let mut seen = shown(&first);
        seen.sort();
        declared.sort_unstable();
        assert_eq!(seen, declared, "{name}");
        for server in [&usual, &all] {
            for caller in CALLERS {
                assert_eq!(list(server, caller, name).await, first, "{name} by {caller:?}");
            }
        }
        assert!(!first.to_string().contains("oauth2"), "{name}: {first}");
    }
}

#[tokio::test]
async fn caller_dependent_list_is_private() {
    let granted = serve(Visibility::Granted).await;
    let closed =
        |visibility| Server::start_with(move |builder| builder.disclosure(Disclosure::new().visibility(visibility)));
    for (server, scope, lists) in [
        (&granted, "private", &LISTS[..]),
        (&serve(Visibility::All).await, "public", &LISTS[..]),
        (&serve(Visibility::Marked).await, "public", &LISTS[..]),
        (&closed(Visibility::Granted).await, "private", &LISTS[..1]),
        (&closed(Visibility::All).await, "private", &LISTS[..1]),
        (&closed(Visibility::Marked).await, "private", &LISTS[..1]),
    ] {
        for name in lists {
            let result = list(server, Some("todo:read"), name).await;
            assert_eq!((&result["cacheScope"], &result["ttlMs"]), (&json!(scope), &json!(0)), "{name}");
            assert!(result.get("nextCursor").is_none(), "{name}: a list has one page");
        }
    }
    for name in LISTS {
        assert_eq!(list(&granted, None, name).await["cacheScope"], "private", "{name}");
    }
}

#[tokio::test]
async fn cursor_does_not_bypass_the_filter() {
    let server = serve(Visibility::Granted).await;
    for name in LISTS {
        for cursor in ["x", "", "1", "MQ=="] {
            let post = request_in(VERSIONS[2], name, json!({"cursor": cursor}));
            let answer = server.send(by(&server, None, post)).await;
            assert_eq!(answer.json()["error"]["code"], -32602, "{name} {cursor:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn hidden_operation_still_returns_a_challenge() {
    let server = serve(Visibility::Granted).await;
    assert!(!shown(&list(&server, Some("todo:read"), "tools/list").await).contains(&"delete".to_owned()));
    let answer = server.call("delete", &server.token("todo:read")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.challenge(), insufficient("todo:delete todo:read todo:write"));
    assert_eq!(server.send(call("delete").build()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn older_revisions_get_the_same_lists() {
    let library = Library::default();
    let server = Server::serve_with(library.runs.clone(), library, |builder| {
        builder
            .allow_anonymous()
            .sessions(Sessions::new().legacy(true))
            .disclosure(Disclosure::new().visibility(Visibility::Granted))
    })
    .await;
    for scope in ["todo:read", "todo:write"] {
        let token = server.token(scope);
        for name in LISTS {
            let newest = shown(&list(&server, Some(scope), name).await);
            for version in &VERSIONS[..2] {
                let session = server.connect(*version, &token).await;
                let post = request_in(*version, name, json!({})).within(session.as_ref()).bearer(&token);
                let result = server.send(post.build()).await.last_json()["result"].clone();
                assert_eq!(shown(&result), newest, "{name} in {version:?} with {scope}");
                assert!(result.get("cacheScope").is_none() && result.get("ttlMs").is_none(), "{result}");
            }
        }
    }
}

#[tokio::test]
async fn session_list_depends_on_the_request_token() {
    let server =
        Server::start_with(|builder| builder.disclosure(Disclosure::new().visibility(Visibility::Granted))).await;
    let (low, high) = (server.token("todo:read"), server.token("todo:write"));
    let session = server.connect(VERSIONS[0], &high).await;
    for (token, tools) in
        [(&high, &["read", "who", "write"][..]), (&low, &["read", "who"]), (&high, &["read", "who", "write"])]
    {
        let post = request_in(VERSIONS[0], "tools/list", json!({})).within(session.as_ref()).bearer(token);
        assert_eq!(shown(&server.send(post.build()).await.last_json()["result"]), tools);
    }
}

#[tokio::test]
async fn list_metadata_contains_the_requirements() {
    let server = serve(Visibility::Marked).await;
    let noauth = || json!([{"type": "noauth"}]);
    let oauth2 = |scopes: &[&str]| json!([{"type": "oauth2", "scopes": scopes}]);
    for (name, marks) in [
        (
            "tools/list",
            vec![
                ("audit", oauth2(&["admin", "todo:read"])),
                ("delete", oauth2(&["todo:delete", "todo:read", "todo:write"])),
                ("open", noauth()),
                ("put", oauth2(&["todo:read", "todo:write"])),
                ("read", oauth2(&["todo:read"])),
                ("share", oauth2(&["todo:read", "todo:write"])),
                ("who", oauth2(&["todo:read"])),
                ("write", oauth2(&["todo:read", "todo:write"])),
            ],
        ),
        (
            "prompts/list",
            vec![
                ("hello", noauth()),
                ("plan", oauth2(&["todo:read", "todo:write"])),
                ("review", oauth2(&["admin", "todo:read"])),
            ],
        ),
        (
            "resources/list",
            vec![
                ("todo://about", noauth()),
                ("todo://all", oauth2(&["todo:read"])),
                ("todo://trash", oauth2(&["todo:delete", "todo:read", "todo:write"])),
            ],
        ),
        (
            "resources/templates/list",
            vec![("todo://todos/{id}", oauth2(&["todo:read", "todo:write"])), ("todo://news/{day}", noauth())],
        ),
    ] {
        for caller in [None, Some("todo:read"), Some("todo:write todo:delete")] {
            let result = list(&server, caller, name).await;
            let key =
                ["tools", "prompts", "resources", "resourceTemplates"].into_iter().find(|key| result[key].is_array());
            let items = result[key.unwrap()].as_array().unwrap().clone();
            let seen: Vec<(String, Value)> = std::iter::zip(shown(&result), items)
                .map(|(name, item)| (name, item["_meta"]["securitySchemes"].clone()))
                .collect();
            let expected: Vec<(String, Value)> =
                marks.iter().map(|(name, mark)| ((*name).to_owned(), mark.clone())).collect();
            assert_eq!(seen, expected, "{name} by {caller:?}");
        }
    }
}

#[tokio::test]
async fn tool_metadata_is_kept_except_wrong_requirement() {
    for visibility in [Visibility::All, Visibility::Granted, Visibility::Marked] {
        let server = serve(visibility).await;
        let result = list(&server, Some("todo:read"), "tools/list").await;
        let read = result["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "read").unwrap();
        assert_eq!(read["_meta"]["example.com/color"], "green", "{visibility:?}");
        let schemes = match visibility {
            Visibility::Marked => json!([{"type": "oauth2", "scopes": ["todo:read"]}]),
            _ => library::own_meta().0["securitySchemes"].clone(),
        };
        assert_eq!(read["_meta"]["securitySchemes"], schemes, "{visibility:?}");
    }
}

#[tokio::test]
async fn anonymous_list_metadata_hides_requirements() {
    let library = Library::default();
    let server = Server::serve_with(library.runs.clone(), library, |builder| {
        builder.allow_anonymous().disclosure(Disclosure::new().visibility(Visibility::Marked).hide_requirements())
    })
    .await;
    for name in LISTS {
        let anonymous = list(&server, None, name).await;
        let known = list(&server, Some("todo:read"), name).await;
        assert_eq!(shown(&anonymous), shown(&known));
        for scope in ["todo:write", "todo:delete", "admin"] {
            assert!(!anonymous.to_string().contains(scope), "{name}: {anonymous}");
        }
        assert!(known.to_string().contains("todo:write"), "{name}");
        for result in [anonymous, known] {
            assert_eq!(result["cacheScope"], "private", "{name}");
        }
    }
}
