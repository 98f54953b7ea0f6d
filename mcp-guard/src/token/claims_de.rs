//! Deserializes claims into a type of the application, with errors that contain no data of the token.
//!
//! The errors of serde_json quote the token. A [`ClaimsDeError`] contains at most a name that the type declares. The
//! claims are passed to serde one by one: an error between claims is already a [`ClaimsDeError`], and any error inside
//! a claim is a [`ClaimsDeError::Mismatch`].

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, Visitor};
use serde::{Deserializer, de, forward_to_deserialize_any};
use serde_json::{Map, Value};

/// The reason why claims do not match a type.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the claims do not match the type")]
pub(super) enum ClaimsDeError {
    /// A claim that the type declares is missing.
    Missing(&'static str),
    /// A claim has another type, or a name that the type rejects.
    Mismatch,
}

/// Deserializes `claims` into a `T`.
pub(super) fn from_claims<T: DeserializeOwned>(claims: &Map<String, Value>) -> Result<T, ClaimsDeError> {
    T::deserialize(ClaimsDeserializer { claims, probe: None }).map_err(|error| match error {
        ClaimsDeError::Missing(name) if is_inside_claim::<T>(claims, name) => ClaimsDeError::Mismatch,
        error => error,
    })
}

/// Returns whether the missing field is a member inside the value of a claim.
///
/// serde buffers flattened and tagged values, and reports their errors like those of the outer map. A missing member of
/// a claim's value then looks like a missing claim. Only a missing member is still reported when a claim of that name
/// exists.
fn is_inside_claim<T: DeserializeOwned>(claims: &Map<String, Value>, name: &'static str) -> bool {
    let probed = || T::deserialize(ClaimsDeserializer { claims, probe: Some(name) });
    claims.contains_key(name) || matches!(probed(), Err(ClaimsDeError::Missing(still)) if still == name)
}

/// Messages are dropped, because they can quote the token.
impl de::Error for ClaimsDeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Mismatch
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }
}

/// The claims, followed by one more claim that is null if `probe` names it.
struct ClaimsDeserializer<'de> {
    claims: &'de Map<String, Value>,
    probe: Option<&'static str>,
}

impl<'de> Deserializer<'de> for ClaimsDeserializer<'de> {
    type Error = ClaimsDeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ClaimsDeError> {
        let probe = self.probe.map(|name| (name, &Value::Null));
        let entries = self.claims.iter().map(|(name, value)| (name.as_str(), value)).chain(probe);
        visitor.visit_map(Entries { entries, value: None })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ClaimsDeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ClaimsDeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries<'de, I> {
    entries: I,
    /// The value of the last name that was returned.
    value: Option<&'de Value>,
}

impl<'de, I: Iterator<Item = (&'de str, &'de Value)>> MapAccess<'de> for Entries<'de, I> {
    type Error = ClaimsDeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ClaimsDeError> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Value::from(name)).map(Some).map_err(|_| ClaimsDeError::Mismatch)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ClaimsDeError> {
        let value = self.value.take().ok_or(ClaimsDeError::Mismatch)?;
        seed.deserialize(value).map_err(|_| ClaimsDeError::Mismatch)
    }
}
