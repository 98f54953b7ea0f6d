//! Servers that the macros accept. Each compiles, and its test runs it.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    unnameable_types,
    unreachable_pub,
    unused_qualifications,
    reason = "the cases are written as users write; `strict.rs` holds the generated code to every lint"
)]

mod asynchronous;
mod cfg;
mod descriptions;
mod extend;
mod extractors;
mod free_functions;
mod generics;
mod hygiene;
mod meta;
mod names;
mod own_handler;
mod prompts;
mod renamed_crate;
mod report_only;
mod requirements;
mod resources;
mod rmcp_keys;
mod scopes;
mod scopes_for;
mod scopes_for_variables;
mod server_info;
mod synchronous;
mod tokens;
mod written_by_macro;
