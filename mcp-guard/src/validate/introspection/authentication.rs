//! How this server tells the authorization server who is asking (RFC 6749 section 2.3, RFC 7523 section 2.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::assertion::Assertion;
use super::question::Cause;
use crate::validate::Algorithm;

/// The credentials of this server at an authorization server, for [`Issuer::introspection`](crate::Issuer::introspection).
///
/// They are those of a client that was registered for this server; authorization servers answer nobody else (RFC 7662 section 2.1). Its `Debug` shows the
/// client id and nothing of the secret.
#[derive(Clone)]
pub struct ClientAuthentication {
    client_id: String,
    method: Method,
}

/// What is told to nobody but the authorization server.
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

/// Credentials that are a private key. Made by [`ClientAuthentication::private_key_jwt`].
#[derive(Clone)]
#[must_use]
pub struct PrivateKeyJwt {
    client_id: String,
    key: PrivateKey,
}

impl PrivateKeyJwt {
    /// Sets the `kid` of client assertions, where the authorization server knows several keys.
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
    /// `client_secret_basic`: in the `Authorization` header, which every authorization server understands (RFC 6749 section 2.3.1).
    pub fn secret(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), method: Method::Basic(Secret(secret.into())) }
    }

    /// `client_secret_post`: in the body, for authorization servers that do not understand the header.
    pub fn secret_post(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), method: Method::Post(Secret(secret.into())) }
    }

    /// `private_key_jwt`: a JWT that is signed for each request and lives for a minute (RFC 7523 section 2.2), so that no secret is shared.
    ///
    /// The key is PKCS#8, as PEM or DER. Its `aud` is the issuer and nothing else, as draft-ietf-oauth-rfc7523bis has it: with the address of an endpoint in
    /// it, another authorization server that names this address as its own would get assertions that are good here.
    /// [`assertion_audience`](PrivateKeyJwt::assertion_audience) is for authorization servers that still insist on one.
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

    /// Makes credentials for `issuer` of it, or says what is wrong with it.
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

/// Credentials that are fit for use.
pub(crate) enum Credentials {
    Header(HeaderValue),
    Form { client_id: String, secret: Secret },
    Assertion(Box<Assertion>),
}

impl Credentials {
    /// Puts them into a form, or gives the header that they are in.
    pub(super) fn present(&self, form: &mut Serializer<'_, String>) -> Result<Option<HeaderValue>, Cause> {
        match self {
            Self::Header(header) => Ok(Some(header.clone())),
            Self::Form { client_id, secret } => {
                form.append_pair("client_id", client_id).append_pair("client_secret", &secret.0);
                Ok(None)
            }
            Self::Assertion(assertion) => {
                form.append_pair("client_id", assertion.client_id())
                    .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    .append_pair("client_assertion", &assertion.sign().ok_or(Cause::Assertion)?);
                Ok(None)
            }
        }
    }
}

/// A header of RFC 7617.
pub(super) fn basic(id: &str, secret: &str) -> Result<HeaderValue, &'static str> {
    let header = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    let mut header = header.map_err(|_| "they do not fit into a header")?;
    header.set_sensitive(true);
    Ok(header)
}

/// RFC 6749 section 2.3.1: both are form-encoded before they are put together, so that a colon in them is none.
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
