//! Code generation: the input has passed all rules, so nothing here can fail.
//!
//! Paths start at `::core`, `::std` or the `__private` module of `mcp-guard`. Generated names start with
//! `__mcp_guard_`.

mod call;
mod definition;
mod generated_handler;
mod guarded_server;
mod locked_handler;
mod registration;
mod scope_checks;
mod scopes_impl;
mod token_helpers;
mod tool_function;

pub(crate) use guarded_server::{REGISTERED, guarded_server, guarded_server_fallback};
pub(crate) use locked_handler::{locked_handler, locked_handler_fallback};
pub(crate) use scopes_impl::{scopes_impl, scopes_impl_fallback};
pub(crate) use tool_function::{tool_function, tool_function_fallback};

use token_helpers::{call_site_at, is_generic, option};
