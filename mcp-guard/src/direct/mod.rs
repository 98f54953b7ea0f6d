//! Answers stateless requests without rmcp's transport.
//!
//! rmcp's transport parses the body again, and creates a peer, channels and a task for each request. A stateless call of
//! an operation that takes nothing from the connection needs none of these. The gate builds the typed request from the
//! message that it has judged, and this module passes it to rmcp's own `Service::handle_request`, so that rmcp's rules
//! for revisions, `_meta`, capabilities and results apply unchanged.
//!
//! Only a request that rmcp's transport would accept is answered here. Every other request goes to the transport, which
//! rejects it in its own words. (`gate::direct` has these rules.)

mod blocking;
mod call;
mod dispatcher;
mod page_body;
mod pages;
mod peer;
mod tasks;

pub(crate) use call::{DirectCall, Revision};
pub(crate) use dispatcher::Dispatcher;
pub(crate) use tasks::ender;
