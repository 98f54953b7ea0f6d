//! An OAuth 2.1 authorization server in a box, and tokens by the handful.
//!
//! **For development and tests only, never for production.** The server gives a token for any subject and any scope to
//! whoever asks, keeps everything in memory, and refuses to listen on anything but loopback. So that no web page can ask,
//! it also refuses requests whose `Host` or `Origin` is not on loopback.
//!
//! # A server
//!
//! ```
//! use mcp_guard_dev::DevAuthServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), mcp_guard_dev::DevError> {
//! let server = DevAuthServer::builder().default_audience("http://127.0.0.1:8080/mcp").start().await?;
//!
//! let token = server.token().subject("alice").scope("todo:read").sign();
//! println!("curl -H 'Authorization: Bearer {token}' http://127.0.0.1:8080/mcp");
//!
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! | endpoint | what |
//! |---|---|
//! | `/.well-known/oauth-authorization-server` | metadata (RFC 8414), and the same at both OpenID addresses |
//! | `{issuer}/jwks` | the public keys (RFC 7517) |
//! | `{issuer}/authorize` | authorization code with PKCE `S256`; consent is automatic |
//! | `{issuer}/token` | `authorization_code`, `client_credentials`, `refresh_token` |
//! | `{issuer}/introspect` | introspection of opaque tokens (RFC 7662), for clients with a secret |
//! | `{issuer}/register` | dynamic client registration (RFC 7591) |
//!
//! A token request with a DPoP proof (RFC 9449) gets a token that is bound to the key in it.
//!
//! Any scope is granted as asked. `resource` (RFC 8707) becomes the audience. The user is `dev-user`, or whom
//! `login_hint` names. Any client id is believed, with any secret or none, except that a client which was registered
//! with a secret must present it, and that an unregistered one is redirected to loopback only.
//!
//! A token for the command line comes from the `client_credentials` grant, where `subject` is an addition of this server:
//!
//! ```sh
//! curl http://127.0.0.1:8081/token -d grant_type=client_credentials -d client_id=curl -d subject=alice \
//!     -d scope='todo:read todo:write' -d resource=http://127.0.0.1:8080/mcp
//! ```
//!
//! # Tokens
//!
//! [`TokenBuilder`] makes a valid RFC 9068 access token, in which a test can then break exactly one rule; it comes from
//! [`DevAuthServer::token`], or without any server from [`SigningKey::token`]. [`ProofBuilder`] does the same for DPoP proofs (RFC 9449): a
//! [`SigningKey`] is as good for a client as for an issuer, and [`TokenBuilder::bound_to`] binds a token to it.

mod algorithm;
mod authorize;
mod body;
mod bounded;
mod builder;
mod client;
mod client_metadata;
mod clock;
mod encoding;
mod endpoints;
mod error;
mod exchange;
mod grant_type;
mod introspect;
mod key;
mod key_ring;
mod loopback;
mod metadata;
mod metadata_form;
mod oauth_error;
mod params;
mod pkce;
mod possession;
mod proof;
mod redirect;
mod register;
mod resource;
mod router;
mod scope;
mod server;
mod state;
mod token;

pub use crate::algorithm::SigningAlgorithm;
pub use crate::builder::DevAuthServerBuilder;
pub use crate::error::DevError;
pub use crate::key::SigningKey;
pub use crate::metadata_form::MetadataForm;
pub use crate::proof::ProofBuilder;
pub use crate::server::DevAuthServer;
pub use crate::token::TokenBuilder;
