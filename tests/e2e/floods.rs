//! Floods of tokens with unknown key IDs.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use mcp_guard::Issuer;
use mcp_guard_dev::DevAuthServer;

use crate::support::{Fixture, Server, builder_with};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn unknown_key_flood_rejects_no_valid_token() {
    const TASKS: usize = 8;
    const ROUNDS: usize = 10;
    let issuer = DevAuthServer::builder().start().await.unwrap();
    // The fetch limit does not refill during the test, however long it takes.
    let day = Duration::from_secs(24 * 60 * 60);
    let jwt = Issuer::jwt(issuer.issuer()).refresh_cool_down(day);
    let fixture = Fixture::default();
    let router = builder_with(jwt).tools(fixture.clone()).build().await.unwrap();
    let server = Arc::new(Server {
        issuer,
        router: router.into_router(),
        runs: crate::support::Runs::default(),
        reference: None,
    });
    let made_up = |i| server.token_builder("todo:read").header("kid", format!("made-up-{i}")).sign();
    let flood: Arc<Vec<String>> = Arc::new((0..1_000).map(made_up).collect());
    let known = server.token("todo:read");
    let tasks = (0..TASKS).map(|task| {
        let (server, flood, known) = (Arc::clone(&server), Arc::clone(&flood), known.clone());
        tokio::spawn(async move {
            let (mut unknown, mut unavailable, mut accepted) = (0_usize, 0_usize, 0_usize);
            for token in (0..ROUNDS).flat_map(|_| flood.iter().skip(task).step_by(TASKS)) {
                match server.call("who", token).await.status {
                    StatusCode::UNAUTHORIZED => unknown += 1,
                    StatusCode::SERVICE_UNAVAILABLE => unavailable += 1,
                    other => panic!("{other}"),
                }
                if (unknown + unavailable).is_multiple_of(10) {
                    assert_eq!(server.call("who", &known).await.status, StatusCode::OK);
                    accepted += 1;
                }
            }
            [unknown, unavailable, accepted]
        })
    });
    let counts = futures::future::join_all(tasks).await.into_iter().map(Result::unwrap);
    let [unknown, unavailable, accepted] =
        counts.fold([0; 3], |sum: [usize; 3], counts| std::array::from_fn(|i| sum[i] + counts[i]));
    println!("{unknown} x 401, {unavailable} x 503, {accepted} valid tokens x 200");
    assert_eq!((unknown + unavailable, accepted), (10_000, 1_000));
    assert_eq!(server.issuer.jwks_fetches(), 6, "the initial fetch, and a burst of five");
    assert!(
        (5..=5 * TASKS).contains(&unknown),
        "only requests that waited for one of the five fetches get 401: {unknown}"
    );
    assert_eq!(fixture.runs_so_far(), 1_000);
}
