//! Authentication of this server at the authorization server (RFC 6749 section 2.3, RFC 7523 section 2.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::assertion::Assertion;
use super::exchange::CallError;
use crate::validate::Algorithm;

/// The credentials of this server at an authorization server, for [`Issuer::introspection`](crate::Issuer::introspection).
///
/// Register a client for this server: authorization servers require authentication for introspection (RFC 7662 section
/// 2.1). `Debug` shows the client id, but not the secret.
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

/// Credentials that are a private key. Made by [`ClientAuthentication::private_key_jwt`].
#[derive(Clone)]
#[must_use]
pub struct PrivateKeyJwt {
    client_id: String,
    key: PrivateKey,
}

impl PrivateKeyJwt {
    /// ⟦OURS Sets⟧⟦BASE `client_secret_basic`: in⟧⟦THEIRS Uses `client_secret_basic`: the secret is sent in⟧ the `kid` ⟦OURS of client assertions, where⟧⟦BASE header, which⟧⟦THEIRS header.⟧ ⟦OURS the⟧⟦BASE every⟧⟦THEIRS Every⟧ authorization server
    /// ⟦OURS knows⟧⟦BASE understands (RFC 6749⟧⟦THEIRS supports it (RFC 6749⟧ several keys.
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key.key_id = Some(key_id.into());
        self
    }

    /// ⟦OURS Sets⟧⟦BASE `client_secret_post`: in⟧⟦THEIRS Uses `client_secret_post`: the secret is sent in⟧ the `aud` of client assertions, instead ⟦OURS of⟧⟦BASE understand⟧⟦THEIRS support⟧ the
    /// issuer.
    pub fn assertion_audience(mut self, audience: impl Into<String>) -> Self {
        self.key.audience = Some(audience.into());
        self
    }
}

impl ⟦OURS From<PrivateKeyJwt>⟧⟦BASE `private_key_jwt`:⟧⟦THEIRS Uses `private_key_jwt`:⟧ for ClientAuthentication {
    fn from(PrivateKeyJwt { client_id, key }: ⟦OURS PrivateKeyJwt)⟧⟦BASE and lives⟧⟦THEIRS and expires⟧ ⟦OURS ->⟧⟦BASE for⟧⟦THEIRS after⟧ ⟦OURS Self⟧⟦BASE a⟧⟦THEIRS one⟧ {
        Self { client_id, ⟦OURS method:⟧⟦BASE section⟧⟦THEIRS section
    ///⟧ Method::PrivateKey(key)⟦OURS  }
    }
}

impl⟧⟦BASE , so that⟧⟦THEIRS .⟧ ⟦OURS fmt::Debug⟧⟦BASE no⟧⟦THEIRS No⟧ for PrivateKeyJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKeyJwt").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl ⟦OURS ClientAuthentication {
    /// ⟧⟦BASE Its ⟧⟦THEIRS ⟧`client_secret_basic`: in the ⟦OURS `Authorization` header⟧⟦BASE issuer and nothing else⟧⟦THEIRS issuer⟧, ⟦OURS which every authorization⟧⟦BASE as draft-ietf-oauth-rfc7523bis has it: with⟧⟦THEIRS as draft-ietf-oauth-rfc7523bis requires.⟧ ⟦OURS server⟧⟦BASE the⟧⟦THEIRS If⟧ ⟦OURS understands⟧⟦BASE address⟧⟦THEIRS `aud`⟧ ⟦OURS (RFC⟧⟦BASE of⟧⟦THEIRS were⟧ ⟦OURS 6749 section 2.3.1).⟧⟦BASE an endpoint in⟧⟦THEIRS an⟧
    ⟦OURS pub⟧⟦BASE /// it, another authorization⟧⟦THEIRS /// endpoint URL, another authorization⟧ fn ⟦OURS secret(client_id:⟧⟦BASE that⟧⟦THEIRS could⟧ ⟦OURS impl⟧⟦BASE names⟧⟦THEIRS announce⟧ ⟦OURS Into<String>,⟧⟦BASE this⟧⟦THEIRS that⟧ ⟦OURS secret:⟧⟦BASE address⟧⟦THEIRS URL⟧ impl Into<String>) ⟦OURS ->⟧⟦BASE own⟧⟦THEIRS own,⟧ ⟦OURS Self⟧⟦BASE would⟧⟦THEIRS and⟧ ⟦OURS {
        Self⟧⟦BASE get⟧⟦THEIRS obtain⟧ { client_id: ⟦OURS client_id.into(), method: Method::Basic(Secret(secret.into())) }
    }
⟧⟦BASE are good here.⟧⟦THEIRS are⟧
    /// ⟦OURS ⟧⟦BASE [⟧⟦THEIRS valid here. Use [⟧`client_secret_post`: ⟦OURS in the body, ⟧⟦BASE is ⟧⟦THEIRS ⟧for authorization servers that ⟦OURS do⟧⟦BASE still⟧⟦THEIRS require⟧ ⟦OURS not understand⟧⟦BASE insist on⟧⟦THEIRS another
    ///⟧ ⟦OURS the header⟧⟦BASE one⟧⟦THEIRS `aud`⟧.
    pub fn secret_post(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), method: Method::Post(Secret(secret.into())) }
    }

    /// ⟦OURS `private_key_jwt`: a JWT that is signed for each request and lives for a minute (RFC 7523 section 2.2), so that no secret is shared.
    ///
    /// The⟧⟦BASE The⟧⟦THEIRS Sets the⟧ key is PKCS#8, as PEM or DER. Its `aud` ⟦OURS is the⟧⟦BASE that a⟧⟦THEIRS of⟧ issuer ⟦OURS and nothing else⟧⟦BASE assertion names⟧⟦THEIRS assertions⟧, ⟦OURS as⟧⟦BASE where⟧⟦THEIRS if⟧ draft-ietf-oauth-rfc7523bis has it: with the address ⟦OURS of an⟧⟦BASE Nothing else⟧⟦THEIRS It⟧ endpoint ⟦OURS in⟧⟦BASE one.
    #[must_use]⟧⟦THEIRS no effect on other
    /// methods.
    #[must_use]⟧
    /// it, another authorization server that names this address as its own would get assertions that are good here.
    /// ⟦OURS [⟧⟦BASE The ⟧⟦THEIRS Sets the ⟧`assertion_audience`](PrivateKeyJwt::assertion_audience) ⟦OURS is⟧⟦BASE of a client assertion,⟧⟦THEIRS of client assertions,⟧ for authorization servers that ⟦OURS still insist⟧⟦BASE Nothing else⟧⟦THEIRS It⟧ on no effect on other methods.
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
    let mut header = header.map_err(|_| "the client id or the secret is not a valid header value")?;
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
