use std::future::poll_fn;

use tokio::time::Instant;

use super::*;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Runs a stream that records `progress` once a second. Returns its duration in seconds.
async fn run(mut progress: impl FnMut(u64) -> Progress) -> u64 {
    let start = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let stream = poll_fn(|cx| {
        while tick.poll_tick(cx).is_ready() {}
        let elapsed = start.elapsed().as_secs();
        record(progress(elapsed));
        if elapsed < 1_000 { Poll::Pending } else { Poll::Ready(()) }
    });
    Stream { stream, write_timeout: TIMEOUT, blocked: None }.await;
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn stream_with_a_closed_window_is_dropped() {
    let blocked = |second| if second == 0 { Progress::Advanced } else { Progress::Unseen };
    assert_eq!(run(blocked).await, TIMEOUT.as_secs());
}

#[tokio::test(start_paused = true)]
async fn waiting_or_advancing_stream_is_kept() {
    assert_eq!(run(|_| Progress::Waiting).await, 1_000);
    assert_eq!(run(|_| Progress::Advanced).await, 1_000);
    assert_eq!(run(|_| Progress::Unseen).await, 1_000, "a slow operation");
    let slow = |second| if second % 29 == 0 { Progress::Advanced } else { Progress::Unseen };
    assert_eq!(run(slow).await, 1_000);
    let quiet = |second| match second {
        0 => Progress::Advanced,
        20 => Progress::Waiting,
        _ => Progress::Unseen,
    };
    assert_eq!(run(quiet).await, 1_000);
}

#[test]
fn progress_outside_of_a_stream_is_ignored() {
    record(Progress::Advanced);
}
