//! A self-contained OAuth 2.1 authorization server for development and tests, and a builder for valid and invalid
//! tokens.
//!
//! **For development and tests only, never for production.** The server grants a token for any subject and any scope to
//! every caller, and keeps all state in memory. It listens on loopback only, and rejects requests whose `Host` or
//! `Origin` is not on loopback, so that web pages cannot request tokens.
//!
//! # Server
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
//! | endpoint | purpose |
//! |---|---|
//! | `/.well-known/oauth-authorization-server` | metadata (RFC 8414), also at both OpenID Connect addresses |
//! | `{issuer}/jwks` | the public keys (RFC 7517) |
//! | `{issuer}/authorize` | authorization code with PKCE `S256`; consent is automatic |
//! | `{issuer}/token` | `authorization_code`, `client_credentials`, `refresh_token` |
//! | `{issuer}/introspect` | introspection of opaque tokens (RFC 7662), for clients with a secret |
//! | `{issuer}/register` | dynamic client registration (RFC 7591) |
//!
//! A token request with a DPoP proof (RFC 9449) gets a token that is bound to the key in the proof.
//!
//! The server grants every requested scope. `resource` (RFC 8707) becomes the audience. The user is `dev-user`, unless
//! `login_hint` names another user. Any client ID is accepted, with any secret or without one. A client that was
//! registered with a secret must present it. An unregistered client is redirected to loopback only.
//!
//! For the command line, use the `client_credentials` grant. The parameter `subject` is an extension of this server:
//!
//! ```sh
//! curl http://127.0.0.1:8081/token -d grant_type=client_credentials -d client_id=curl -d subject=alice \
//!     -d scope='todo:read todo:write' -d resource=http://127.0.0.1:8080/mcp
//! ```
//!
//! # Tokens
//!
//! [`TokenBuilder`] builds a valid RFC 9068 access token, in which a test can then break exactly one rule. Create it
//! with [`DevAuthServer::token`], or without a server with [`SigningKey::token`]. [`ProofBuilder`] builds DPoP proofs
//! (RFC 9449) in the same way. A [`SigningKey`] can be the key of an issuer or of a client; [`TokenBuilder::bound_to`]
//! binds a token to the key of a client.

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
