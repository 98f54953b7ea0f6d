//! The whole stack: through `oneshot` where a request is enough, over sockets with a real client where it is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot run should panic")]

mod arguments;
mod attacks;
mod availability;
mod bad_input;
mod browsers;
mod build;
mod certificates;
mod challenges;
mod claims;
mod client;
mod collected;
mod connections;
mod denials;
mod docs;
mod dpop;
mod dpop_layers;
mod dpop_wire;
mod floods;
mod inner_lock;
mod late;
mod layers;
mod library;
mod local;
mod logs;
mod metadata;
mod peers;
mod providers;
mod reach;
mod rotation;
mod sessions;
mod support;
mod tls;
mod todos;
mod validators;
mod versions;
mod visibility;
