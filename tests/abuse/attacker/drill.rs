//! Runs one attack several times and records its figures.

use std::io;
use std::time::Duration;

use mcp_guard_abuse::Status;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::attacks::Attack;
use crate::bystander::Bystander;
use crate::context::Context;
use crate::control::Control;
use crate::row::Row;

/// The interval between two memory samples.
const SAMPLING: Duration = Duration::from_millis(50);

/// The time that the server has to return unused memory to the system.
const TRIMMING: Duration = Duration::from_millis(500);

/// The peak figures of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Peaks {
    rss_kib: u64,
    size_kib: u64,
}

/// Runs an attack several times, and checks the server after each run.
pub(crate) async fn run(attack: &Attack, context: &Context) -> io::Result<Row> {
    let mut row = Row::new(attack.name);
    let bystander = Bystander::start(context);
    bystander.ready().await;
    let before = context.control.status().await?;
    row.descriptors_before = before.descriptors;
    for repetition in 1..=context.repetitions {
        let sampler = Sampler::start(context.control);
        let outcome = timeout(context.limit(), (attack.run)(context.clone())).await;
        let settled = settle(context, &before).await;
        let peaks = sampler.stop().await;
        row.peaked(peaks.rss_kib, peaks.size_kib);
        let Ok(settled) = settled else {
            row.fail(format!("the server died in repetition {repetition}"));
            break;
        };
        match outcome {
            Ok(Ok(outcome)) => row.record(outcome),
            Ok(Err(error)) => row.fail(format!("the attack failed: {error}")),
            Err(_) => row.fail("the attack did not end in time".to_owned()),
        }
        row.settled(repetition, &settled);
    }
    row.bystander = bystander.stop();
    row.check();
    Ok(row)
}

/// Waits until the descriptors and the tool runs are back to the initial numbers and the memory no longer shrinks, and
/// has the server return unused memory to the system.
async fn settle(context: &Context, before: &Status) -> io::Result<Status> {
    let mut live = u64::MAX;
    let is_settled = |status: &Status| {
        let shrinks = status.live_bytes < live - live / 100;
        live = status.live_bytes;
        status.descriptors <= before.descriptors && status.under_way == 0 && !shrinks
    };
    context.control.wait_for(context.settling(), is_settled).await?;
    let process = context.server.process.to_string();
    tokio::process::Command::new("kill").args(["-USR1", &process]).status().await?;
    tokio::time::sleep(TRIMMING).await;
    context.control.status().await
}

/// Samples the memory of the server in the background.
struct Sampler {
    stop: tokio::sync::oneshot::Sender<()>,
    task: JoinHandle<Peaks>,
}

impl Sampler {
    fn start(control: Control) -> Self {
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let mut peaks = Peaks::default();
            loop {
                if let Ok(status) = control.status().await {
                    peaks.rss_kib = peaks.rss_kib.max(status.rss_kib);
                    peaks.size_kib = peaks.size_kib.max(status.size_kib);
                }
                if timeout(SAMPLING, &mut stopped).await.is_ok() {
                    return peaks;
                }
            }
        });
        Self { stop, task }
    }

    async fn stop(self) -> Peaks {
        drop(self.stop);
        self.task.await.unwrap_or_default()
    }
}
