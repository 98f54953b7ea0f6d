//! The whole stack: through `oneshot` where a request is enough, over sockets with a real client where it is not.

mod bad_input;
mod browsers;
mod build;
mod challenges;
mod client;
mod inner_lock;
mod layers;
mod logs;
mod metadata;
mod sessions;
mod support;
mod todos;
mod versions;
