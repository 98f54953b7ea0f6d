//! Checks JSON from outside before it is passed on.
//!
//! The name `$serde_json::private::RawValue` makes `serde_json::Value`, and so rmcp, parse its text again with a new
//! nesting limit (with the feature `raw_value`, which axum enables). A few kilobytes of nested texts overflow the
//! stack. rmcp also allocates several hundred bytes per value. All JSON from outside is therefore checked first:
//!
//! 1. No name is reserved by serde_json, in any escaped form.
//! 2. Nesting is at most 128, the limit of serde_json, and there are at most [`MAX_VALUES`] values.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The maximum number of values in one document. A list of 100,000 numbers is data, not a request.
const MAX_VALUES: usize = 100_000;
/// The peak memory of rmcp while it parses a message into `serde_json::Value`s, in bytes. Measured by counting live
/// bytes: 286 for each of 33,000 numbers in a list, 493 for each of as many members of an object, and 1,362 for each of
/// as many objects with one member. The length of texts is added.
const VALUE_MEMORY: usize = 300;
const MEMBER_MEMORY: usize = 200;
const OBJECT_MEMORY: usize = 600;
const RESERVED: &str = "$serde_json::private::";

/// The number of values that a document may still contain, and the memory of the values so far.
#[derive(Debug)]
pub(crate) struct Budget {
    values: Cell<usize>,
    memory: Cell<usize>,
}

impl Budget {
    pub(crate) const fn new() -> Self {
        Self { values: Cell::new(MAX_VALUES), memory: Cell::new(0) }
    }

    /// Returns an estimate of the bytes that the parsed values take.
    pub(crate) const fn memory(&self) -> usize {
        self.memory.get()
    }

    fn count(&self, bytes: usize) {
        self.memory.set(self.memory.get() + bytes);
    }

    pub(crate) fn spend<E: Error>(&self) -> Result<(), E> {
        match self.values.get().checked_sub(1) {
            Some(left) => {
                self.values.set(left);
                self.count(VALUE_MEMORY);
                Ok(())
            }
            None => Err(E::custom("too many values")),
        }
    }
}

/// Returns whether a text is one JSON document that is safe for any parser.
pub(crate) fn is_safe(text: &str) -> bool {
    let budget = Budget::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Skip(&budget).deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

/// Returns whether a JSON text is an object. serde would also accept an array of the right length for a struct.
pub(crate) fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

/// Skips a value, but checks all of it.
#[derive(Clone, Copy)]
pub(crate) struct Skip<'b>(pub(crate) &'b Budget);

/// The name of an object member.
pub(crate) struct Name;

/// A scalar value. Only texts and integers are distinguished.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Scalar<'t> {
    Text(Cow<'t, str>),
    Integer(i64),
    Other,
}

/// Reads a [`Scalar`]. Checks all of any other value.
#[derive(Clone, Copy)]
pub(crate) struct ReadScalar<'b>(pub(crate) &'b Budget);

impl<'de> DeserializeSeed<'de> for Skip<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.count(text.len());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.count(OBJECT_MEMORY);
        while let Some(name) = map.next_key_seed(Name)? {
            self.0.count(MEMBER_MEMORY + name.len());
            map.next_value_seed(self)?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name that is not reserved")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        if name.starts_with(RESERVED) { Err(E::custom("a reserved name")) } else { Ok(Cow::Borrowed(name)) }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if name.starts_with(RESERVED) { Err(E::custom("a reserved name")) } else { Ok(Cow::Owned(name.to_owned())) }
    }
}

impl<'de> DeserializeSeed<'de> for ReadScalar<'_> {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadScalar<'_> {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Scalar::Other, Scalar::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        self.0.count(text.len());
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        self.0.count(text.len());
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Skip(self.0).visit_seq(seq).map(|()| Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Skip(self.0).visit_map(map).map(|()| Scalar::Other)
    }
}

/// Returns a text that overflows the stack of a parser into `serde_json::Value`. For tests.
#[cfg(test)]
pub(crate) fn stack_bomb(levels: usize) -> String {
    let mut text = "0".to_owned();
    for _ in 0..levels {
        let escaped: String = text
            .chars()
            .flat_map(|c| match c {
                '"' => r"\u0022".chars().collect(),
                '\\' => r"\u005c".chars().collect(),
                c => vec![c],
            })
            .collect();
        text = format!("{}{{\"$serde_json::private::RawValue\":\"{escaped}\"}}{}", "[".repeat(100), "]".repeat(100));
    }
    text
}

#[cfg(test)]
mod tests;
