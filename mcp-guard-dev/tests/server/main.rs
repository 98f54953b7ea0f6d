//! Tests of the development authorization server over real sockets.

mod client_credentials;
mod code_flow;
mod introspection;
mod keys;
mod lifecycle;
mod loopback;
mod metadata;
mod possession;
mod refresh;
mod registration;
mod support;
