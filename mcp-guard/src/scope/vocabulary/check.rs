//! Validates scope literals against a vocabulary at compile time.
//!
//! A macro sees the name of the enum but not its variants, so it cannot compare. Its expansion calls
//! [`KnownScopes::check`] in a constant, and the panic becomes the compile error. Everything here is `const fn`,
//! without iterators, `String` and `==` on texts.

use super::nearest::nearest;

/// The scopes of a vocabulary, and its name in the error message.
#[derive(Debug)]
pub struct KnownScopes {
    texts: &'static [&'static str],
    vocabulary: &'static str,
}

impl KnownScopes {
    /// Creates the value for a vocabulary.
    #[must_use]
    pub const fn new(texts: &'static [&'static str], vocabulary: &'static str) -> Self {
        Self { texts, vocabulary }
    }

    /// Rejects a text that is not in the vocabulary.
    ///
    /// # Panics
    ///
    /// If `text` is not in the vocabulary. `track_caller` makes the error point at the text.
    #[track_caller]
    pub const fn check(&self, text: &str) {
        // Empty if the derive failed, which is already reported.
        if !self.texts.is_empty() && !contains(self.texts, text) {
            panic!("{}", explanation(self.texts, text, self.vocabulary).as_str());
        }
    }
}

const fn contains(texts: &[&str], text: &str) -> bool {
    let mut i = 0;
    while i < texts.len() {
        if same(texts[i], text) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn explanation(texts: &[&str], text: &str, vocabulary: &str) -> Message {
    let message = Message::new().quoted(text).push(" is not a scope of `").push(vocabulary).push("`: ");
    if let Some(meant) = nearest(texts, text) {
        return message.push("did you mean ").quoted(meant).push("?");
    }
    let mut message = message.push("expected ");
    let mut i = 0;
    while i < texts.len() {
        if i == LISTED {
            return message.push(", ..");
        }
        let last = i + 1 == texts.len();
        let before = match i {
            0 => "",
            _ if last => " or ",
            _ => ", ",
        };
        message = message.push(before).quoted(texts[i]);
        i += 1;
    }
    message
}

/// The maximum number of scopes to list if none is similar.
const LISTED: usize = 6;

/// A text that is built at compile time. Parts beyond the capacity are omitted.
struct Message {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Message {
    const CAPACITY: usize = 1024;

    const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], len: 0 }
    }

    const fn push(mut self, text: &str) -> Self {
        // Only whole texts are added, so that the result is valid UTF-8.
        if self.len + text.len() <= Self::CAPACITY {
            let mut i = 0;
            while i < text.len() {
                self.bytes[self.len] = text.as_bytes()[i];
                self.len += 1;
                i += 1;
            }
        }
        self
    }

    const fn quoted(self, text: &str) -> Self {
        self.push("\"").push(text).push("\"")
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "not a scope of the vocabulary",
        }
    }
}

#[cfg(test)]
mod tests;
