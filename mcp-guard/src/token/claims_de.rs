//! Reads claims into a type of the application, with errors that say nothing of the claims.
//!
//! An error of serde_json is a text, and the text quotes the token. Here an error is a [`Misfit`]: what went wrong, and at most a name that the type
//! itself declares. The claims are therefore handed to serde one by one: what goes wrong beside them is a misfit already, what goes wrong inside of
//! one has another shape than the type says.

use std::fmt;

use serde::Deserializer;
use serde::de;
use serde::de::DeserializeOwned;
use serde::de::DeserializeSeed;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;
use serde_json::Map;
use serde_json::Value;

/// Why claims do not fit a type.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the claims do not fit")]
pub(super) enum Misfit {
    /// There is no claim of this name, which the type declares.
    Missing(&'static str),
    /// A claim has another shape, or a name that the type refuses.
    Shape,
}

/// Reads `claims` as a `T`.
pub(super) fn fit<T: DeserializeOwned>(claims: &Map<String, Value>) -> Result<T, Misfit> {
    T::deserialize(Source { claims, probe: None }).map_err(|misfit| match misfit {
        Misfit::Missing(name) if is_inside_a_claim::<T>(claims, name) => Misfit::Shape,
        misfit => misfit,
    })
}

/// Whether the field that is missing belongs into the value of a claim, and is no claim itself.
///
/// What is flattened or tagged is buffered by serde and read from there with the errors of the outside, so a field that a claim's value lacks looks like
/// a missing claim. The difference: it is still missing when there is a claim of that name.
fn is_inside_a_claim<T: DeserializeOwned>(claims: &Map<String, Value>, name: &'static str) -> bool {
    claims.contains_key(name)
        || matches!(T::deserialize(Source { claims, probe: Some(name) }), Err(Misfit::Missing(still)) if still == name)
}

/// Every text is dropped: it may quote the token.
impl de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Shape
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }
}

/// The claims, and after them one more that is null.
struct Source<'de> {
    claims: &'de Map<String, Value>,
    probe: Option<&'static str>,
}

impl<'de> Deserializer<'de> for Source<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let probe = self.probe.map(|name| (name, &Value::Null));
        let entries = self.claims.iter().map(|(name, value)| (name.as_str(), value)).chain(probe);
        visitor.visit_map(Entries { entries, value: None })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries<'de, I> {
    entries: I,
    /// That of the name which was handed out last.
    value: Option<&'de Value>,
}

impl<'de, I: Iterator<Item = (&'de str, &'de Value)>> MapAccess<'de> for Entries<'de, I> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Value::from(name)).map(Some).map_err(|_| Misfit::Shape)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let value = self.value.take().ok_or(Misfit::Shape)?;
        seed.deserialize(value).map_err(|_| Misfit::Shape)
    }
}
