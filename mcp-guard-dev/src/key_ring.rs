//! The signing key of the server, and the published keys.

use serde_json::{Value, json};

use crate::key::SigningKey;

pub(crate) struct KeyRing {
    current: SigningKey,
    published: Vec<Value>,
}

impl KeyRing {
    pub(crate) fn new(key: SigningKey) -> Self {
        Self { published: vec![key.public_jwk()], current: key }
    }

    /// Replaces the signing key, and removes the old one from the published set.
    pub(crate) fn rotate(&mut self, key: SigningKey) {
        let old = self.current.clone();
        self.add(key);
        self.retire(old.kid());
    }

    /// Replaces the signing key, and keeps the old one in the published set.
    pub(crate) fn add(&mut self, key: SigningKey) {
        self.publish(key.public_jwk());
        self.current = key;
    }

    pub(crate) fn publish(&mut self, jwk: Value) {
        self.published.push(jwk);
    }

    pub(crate) fn retire(&mut self, kid: &str) {
        self.published.retain(|jwk| jwk.get("kid").and_then(Value::as_str) != Some(kid));
    }

    pub(crate) fn current(&self) -> &SigningKey {
        &self.current
    }

    /// The JWK set (RFC 7517 §5).
    pub(crate) fn document(&self) -> Value {
        json!({ "keys": self.published })
    }
}
