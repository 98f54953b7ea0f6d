use std::fs::{self, File};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use tokio::sync::oneshot;

use super::*;
use crate::record::JsonLines;
use crate::record::testing::{Folder, contents, key};

#[test]
fn failed_reopening_is_logged_and_keeps_the_sink() {
    let folder = Folder::new();
    let [logs, moved, events] = ["logs", "moved", "events"].map(|name| folder.path(name));
    fs::create_dir(&logs).unwrap();
    let sink = JsonLines::open(logs.join("log"), key(1)).unwrap();
    fs::rename(&logs, &moved).unwrap();
    let (sender, receiver) = channel();
    let (done, mut stopped) = oneshot::channel();
    for message in [Message::Reopen, Message::Stop(done)] {
        sender.send(message).unwrap();
    }
    let writer = Mutex::new(File::create(&events).unwrap());
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
    tracing::subscriber::with_default(subscriber, || run(Box::new(sink), &receiver, &SinkState::new()));
    stopped.try_recv().unwrap();
    let events = fs::read_to_string(events).unwrap();
    let logged = "ERROR mcp_guard::record::worker: the sink of decision records cannot open its files again";
    assert!(events.contains(logged) && events.contains("logs/log"), "{events}");
    // The old file is still in use.
    assert_eq!(contents(&moved.join("log")), ["opened", "closed"]);
}
