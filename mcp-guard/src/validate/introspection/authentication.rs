//! Authentication of this server at the authorization server (RFC 6749 section 2.3, RFC 7523 section 2.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::assertion::Assertion;
use super::exchange::CallError;
use crate::validate::Algorithm;

/// The credentials of this server for token introspection.
///
/// Used by [`Issuer::introspection`](crate::Issuer::introspection).
///
/// Register a client for this server, because introspection requires authentication (RFC 7662 section 2.1). `Debug`
/// shows the client id, but not the secret.
#[derive(Clone)]
pub struct ClientAuthentication {
    client_id: String,
    method: Method,
}

/// A client secret. It is only sent to the authorization server.
#[derive(Clone)]
pub(crate) struct Secret(String);

#[derive(Clone)]
enum Method {
    Basic(Secret),
    Post(Secret),
    PrivateKey(PrivateKey),
}

#[derive(Clone)]
struct PrivateKey {
    algorithm: Algorithm,
    pkcs8: Vec<u8>,
    key_id: Option<String>,
    audience: Option<String>,
}

/// Credentials with a private key. Returned by [`ClientAuthentication::private_key_jwt`].
#[derive(Clone)]
#[must_use]
pub struct PrivateKeyJwt {
    client_id: String,
    key: PrivateKey,
}

impl PrivateKeyJwt {
    /// Sets the `kid` of client assertions, if the authorization server knows several keys.
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key.key_id = Some(key_id.into());
        self
    }

    /// Sets the `aud` of client assertions, instead of the issuer.
    pub fn assertion_audience(mut self, audience: impl Into<String>) -> Self {
        self.key.audience = Some(audience.into());
        self
    }
}

impl From<PrivateKeyJwt> for ClientAuthentication {
    fn from(PrivateKeyJwt { client_id, key }: PrivateKeyJwt) -> Self {
        Self { client_id, method: Method::PrivateKey(key) }
    }
}

impl fmt::Debug for PrivateKeyJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKeyJwt").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl ClientAuthentication {
    /// Uses `client_secret_basic`: the secret is sent in the `Authorization` header. Every authorization server
    /// supports it (RFC 6749 section 2.3.1).
    pub fn secret(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), method: Method::Basic(Secret(secret.into())) }
    }

    /// Uses `client_secret_post`: the secret is sent in the body, for authorization servers that do not support the
    /// header.
    pub fn secret_post(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), method: Method::Post(Secret(secret.into())) }
    }

    /// Uses `private_key_jwt`: a JWT that is signed for each request and expires after one minute (RFC 7523 section
    /// 2.2). No secret is shared.
    ///
    /// The key is PKCS#8, as PEM or DER. `aud` is the issuer, as draft-ietf-oauth-rfc7523bis requires. If `aud` were an
    /// endpoint URL, another authorization server could announce that URL as its own, and obtain assertions that are
    /// valid here. Use [`assertion_audience`](PrivateKeyJwt::assertion_audience) for authorization servers that require
    /// another `aud`.
    pub fn private_key_jwt(
        client_id: impl Into<String>,
        algorithm: Algorithm,
        pkcs8: impl Into<Vec<u8>>,
    ) -> PrivateKeyJwt {
        let key = PrivateKey { algorithm, pkcs8: pkcs8.into(), key_id: None, audience: None };
        PrivateKeyJwt { client_id: client_id.into(), key }
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Prepares the credentials for `issuer`. Returns an error message if they are invalid.
    pub(crate) fn prepare(self, issuer: &str) -> Result<Credentials, &'static str> {
        if self.client_id.is_empty() {
            return Err("the client id is empty");
        }
        match self.method {
            Method::Basic(secret) | Method::Post(secret) if secret.0.is_empty() => Err("the secret is empty"),
            Method::Basic(secret) => {
                Ok(Credentials::Header(basic(&form_encoded(&self.client_id), &form_encoded(&secret.0))?))
            }
            Method::Post(secret) => Ok(Credentials::Form { client_id: self.client_id, secret }),
            Method::PrivateKey(key) => {
                let audience = key.audience.unwrap_or_else(|| issuer.to_owned());
                let assertion = Assertion::new(self.client_id, audience, key.algorithm, &key.pkcs8, key.key_id)?;
                Ok(Credentials::Assertion(Box::new(assertion)))
            }
        }
    }
}

/// Validated credentials.
pub(crate) enum Credentials {
    Header(HeaderValue),
    Form { client_id: String, secret: Secret },
    Assertion(Box<Assertion>),
}

impl Credentials {
    /// Adds the credentials to the form, or returns them as a header.
    pub(super) fn present(&self, form: &mut Serializer<'_, String>) -> Result<Option<HeaderValue>, CallError> {
        match self {
            Self::Header(header) => Ok(Some(header.clone())),
            Self::Form { client_id, secret } => {
                form.append_pair("client_id", client_id).append_pair("client_secret", &secret.0);
                Ok(None)
            }
            Self::Assertion(assertion) => {
                form.append_pair("client_id", assertion.client_id())
                    .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    .append_pair("client_assertion", &assertion.sign().ok_or(CallError::Assertion)?);
                Ok(None)
            }
        }
    }
}

/// Returns an `Authorization` header for Basic authentication (RFC 7617).
pub(super) fn basic(id: &str, secret: &str) -> Result<HeaderValue, &'static str> {
    let header = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    let mut header = header.map_err(|_| "they do not fit into a header")?;
    header.set_sensitive(true);
    Ok(header)
}

/// Encodes a client id or a secret. Both are form-encoded before they are joined with a colon (RFC 6749 section 2.3.1).
fn form_encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuthentication").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}
