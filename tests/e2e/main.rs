//! Tests of the whole stack, with `oneshot` for single requests and a real client over sockets for the rest.

#![expect(clippy::unwrap_used, reason = "a test that cannot run should panic")]

mod applications;
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
mod connections;
mod decisions;
mod denials;
mod direct;
mod docs;
mod docs_page;
mod dpop;
mod dpop_layers;
mod dpop_wire;
mod egress;
mod floods;
mod http_forms;
mod inner_lock;
mod key_sets;
mod late_issuer;
mod late_scopes;
mod layers;
mod library;
mod lifespan;
mod local;
mod logs;
mod metadata;
mod mounting;
mod network_policy;
mod operation_checks;
mod other_servers;
mod ownership;
mod providers;
mod rate_limits;
mod readiness;
mod rejection_log;
mod revocation;
mod rotation;
mod sessions;
mod support;
#[cfg(feature = "telemetry")]
mod task_end;
mod telemetry;
mod tls;
mod todos;
#[cfg(feature = "telemetry")]
mod traces;
mod validators;
mod versions;
mod visibility;
