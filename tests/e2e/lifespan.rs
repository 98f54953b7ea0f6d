//! Hooks and background tasks run around the life of a server, and requests in progress may finish.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_guard::ResourceServer;
use mcp_guard::error::ServeError;
use mcp_guard::prelude::*;
use mcp_guard::settings::Lifespan;
use mcp_guard_dev::DevAuthServer;
use tokio::sync::Notify;

use crate::support::{Post, VERSIONS};

/// The order of events.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<&'static str>>>);

impl Events {
    fn add(&self, event: &'static str) {
        self.0.lock().unwrap().push(event);
    }

    fn all(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

/// A server with a tool that runs until it is told to end.
#[derive(Clone, Default)]
struct Slow {
    events: Events,
    started: Arc<Notify>,
    end: Arc<Notify>,
}

#[guarded_tools]
impl Slow {
    #[guarded_tool(authenticated)]
    async fn wait(&self) -> String {
        self.started.notify_one();
        self.end.notified().await;
        self.events.add("answered");
        "done".to_owned()
    }
}

impl Slow {
    fn lifespan(&self) -> Lifespan {
        let [at_start, at_stop, in_task] = [(); 3].map(|()| self.events.clone());
        Lifespan::new()
            .on_start(|| async move {
                at_start.add("start");
                Ok::<_, std::io::Error>(())
            })
            .on_stop(|| async move { at_stop.add("stop") })
            .task(|stop| async move {
                stop.cancelled().await;
                in_task.add("task told to stop");
            })
    }
}

async fn build(url: &str, slow: &Slow, lifespan: Lifespan) -> ResourceServer {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    ResourceServer::builder(url).issuer(issuer.issuer()).lifespan(lifespan).tools(slow.clone()).build().await.unwrap()
}

/// A served server and a call of `wait` that has begun.
struct Serving {
    slow: Slow,
    stop: Arc<Notify>,
    served: tokio::task::JoinHandle<Result<(), ServeError>>,
    call: tokio::task::JoinHandle<reqwest::Result<reqwest::Response>>,
}

async fn serve_and_call(lifespan: impl FnOnce(&Slow) -> Lifespan) -> Serving {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let slow = Slow::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let server = ResourceServer::builder(&url)
        .issuer(issuer.issuer())
        .lifespan(lifespan(&slow))
        .tools(slow.clone())
        .build()
        .await
        .unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let served = tokio::spawn(server.serve_until(listener, async move { stopped.notified().await }));
    let Post { headers, body, .. } = crate::support::call_in(VERSIONS[2], "wait");
    let token = issuer.token().audience(&url).sign();
    let request = reqwest::Client::new().post(&url).bearer_auth(token).body(body);
    let headers = headers.into_iter().filter(|(name, _)| name != "host");
    let request = headers.fold(request, |request, (name, value)| request.header(name, value));
    let mut call = tokio::spawn(request.send());
    tokio::select! {
        () = slow.started.notified() => Serving { slow, stop, served, call },
        answer = &mut call => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn request_in_progress_finishes_before_the_stop_hook() {
    let Serving { slow, stop, served, call } = serve_and_call(Slow::lifespan).await;
    stop.notify_one();
    while !slow.events.all().contains(&"task told to stop") {
        tokio::task::yield_now().await;
    }
    slow.end.notify_one();
    let answer = call.await.unwrap().unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.text().await.unwrap().contains("done"));
    served.await.unwrap().unwrap();
    assert_eq!(slow.events.all(), ["start", "task told to stop", "answered", "stop"]);
}

#[tokio::test]
async fn request_is_dropped_after_the_drain_timeout() {
    let lifespan = |slow: &Slow| slow.lifespan().drain_timeout(Duration::from_millis(50));
    let Serving { slow, stop, served, call } = serve_and_call(lifespan).await;
    stop.notify_one();
    served.await.unwrap().unwrap();
    assert!(call.await.unwrap().is_err(), "the connection was closed");
    assert_eq!(slow.events.all(), ["start", "task told to stop", "stop"]);
}

#[tokio::test]
async fn failed_start_hook_prevents_serving() {
    let slow = Slow::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let fails = Lifespan::new().on_start(|| async { Err("no database") });
    let server = build(&format!("http://{address}/mcp"), &slow, slow.lifespan().merge(fails)).await;
    let error = server.serve_until(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::Start(_)), "{error}");
    assert!(error.to_string().contains("no database"), "{error}");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert_eq!(slow.events.all(), ["start", "task told to stop", "stop"]);
}

#[tokio::test]
async fn hooks_run_only_if_the_server_can_serve() {
    let slow = Slow::default();
    let lifespan = slow.lifespan();
    let server = build("https://todo.example.com/mcp", &slow, lifespan).await;
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let error = server.serve_until(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::PlainHttp { .. }), "{error}");
    assert!(slow.events.all().is_empty());
}

#[tokio::test]
async fn stop_during_the_start_runs_the_stop_hooks() {
    let slow = Slow::default();
    let lifespan = slow.lifespan().on_start(std::future::pending::<Result<(), std::io::Error>>);
    let server = build("https://todo.example.com/mcp", &slow, lifespan).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let events = slow.events.clone();
    let started = async move {
        while events.all().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    server.serve_until(listener, started).await.unwrap();
    assert_eq!(slow.events.all(), ["start", "task told to stop", "stop"]);
}

#[tokio::test]
async fn application_with_its_own_server_runs_the_hooks() {
    let slow = Slow::default();
    let lifespan = slow.lifespan();
    let mut server = build("https://todo.example.com/mcp", &slow, lifespan).await;
    let started = server.start().await.unwrap();
    assert_eq!(slow.events.all(), ["start"]);
    drop(server.into_router());
    started.stop().await;
    assert_eq!(slow.events.all(), ["start", "task told to stop", "stop"]);
}
