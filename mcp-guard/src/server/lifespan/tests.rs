use std::sync::{Arc, Mutex};

use super::*;

/// The order in which steps ran.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<&'static str>>>);

impl Record {
    fn add(&self, step: &'static str) {
        self.0.lock().unwrap().push(step);
    }

    fn steps(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

/// Adds a start hook and a stop hook.
fn pair(lifespan: Lifespan, record: &Record, start: &'static str, stop: &'static str) -> Lifespan {
    let (at_start, at_stop) = (record.clone(), record.clone());
    lifespan
        .on_start(move || async move {
            tokio::task::yield_now().await;
            at_start.add(start);
            Ok::<(), HookError>(())
        })
        .on_stop(move || async move { at_stop.add(stop) })
}

async fn run(lifespan: Lifespan) -> (Started, Result<(), HookError>) {
    let mut started = Started::new(&lifespan, CancellationToken::new(), None);
    let result = started.run(lifespan).await;
    (started, result)
}

#[tokio::test]
async fn hooks_run_in_order_and_stop_in_reverse() {
    let record = Record::default();
    let own = pair(Lifespan::new(), &record, "open", "close");
    let (started, result) = run(own.merge(pair(Lifespan::new(), &record, "fill", "flush"))).await;
    result.unwrap();
    assert_eq!(record.steps(), ["open", "fill"]);
    started.stop().await;
    assert_eq!(record.steps(), ["open", "fill", "flush", "close"]);
}

#[tokio::test]
async fn failed_start_stops_only_earlier_steps() {
    let fails: [fn() -> Result<(), HookError>; 2] = [|| Err("no database".into()), || panic!("no database")];
    for (fail, message) in fails.into_iter().zip(["no database", "a start hook panicked"]) {
        let record = Record::default();
        let lifespan = pair(Lifespan::new(), &record, "open", "close").on_start(move || async move { fail() });
        let (started, result) = run(pair(lifespan, &record, "fill", "flush")).await;
        assert_eq!(result.unwrap_err().to_string(), message);
        started.stop().await;
        assert_eq!(record.steps(), ["open", "close"]);
    }
}

#[tokio::test]
async fn tasks_end_before_the_stop_hooks() {
    let record = Record::default();
    let (in_task, at_stop) = (record.clone(), record.clone());
    let lifespan = Lifespan::new()
        .on_stop(|| async move { at_stop.add("close") })
        .task(|stop| async move {
            stop.cancelled().await;
            tokio::task::yield_now().await;
            in_task.add("task");
        })
        .task(|_| async { panic!("a task") });
    let (started, result) = run(lifespan).await;
    result.unwrap();
    started.stop().await;
    assert_eq!(record.steps(), ["task", "close"]);
}

#[tokio::test(start_paused = true)]
async fn endless_task_and_hook_do_not_prevent_the_stop() {
    struct Dropped(Record);

    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.add("dropped");
        }
    }

    let record = Record::default();
    let (at_stop, guard) = (record.clone(), Dropped(record.clone()));
    let lifespan = Lifespan::new()
        .on_stop(std::future::pending)
        .on_stop(|| async move { at_stop.add("close") })
        .on_stop(|| async { panic!("a hook") })
        .task(|_| async move {
            let _guard = guard;
            std::future::pending().await
        });
    let (started, result) = run(lifespan).await;
    result.unwrap();
    started.stop().await;
    assert_eq!(record.steps(), ["dropped", "close"], "a hook that panics does not prevent the others");
}

#[tokio::test]
async fn dropped_state_cancels_the_stop_token() {
    let stop = CancellationToken::new();
    drop(Started::new(&Lifespan::new(), stop.clone(), None));
    assert!(stop.is_cancelled());
}

#[test]
fn merged_drain_timeout_replaces_if_set() {
    let seconds = |seconds| Lifespan::new().drain_timeout(Duration::from_secs(seconds));
    assert_eq!(Lifespan::new().timeout(), DRAIN_TIMEOUT);
    assert_eq!(seconds(3).merge(Lifespan::new()).timeout(), Duration::from_secs(3));
    assert_eq!(seconds(3).merge(seconds(5)).timeout(), Duration::from_secs(5));
}
