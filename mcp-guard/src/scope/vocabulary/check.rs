//! A text beside its vocabulary, looked at by the compiler.
//!
//! A macro sees the name of the enum and not its variants, so it cannot compare. What it writes calls [`KnownScopes::check`] in a constant, and the
//! panic of that is the compile error. Hence all of this is `const fn`, which has no iterators, no `String` and no `==` on texts.

use super::nearest::nearest;

/// The scopes of a vocabulary, and the name that it goes by where they are used.
#[derive(Debug)]
pub struct KnownScopes {
    texts: &'static [&'static str],
    vocabulary: &'static str,
}

impl KnownScopes {
    /// The scopes of the vocabulary of that name.
    #[must_use]
    pub const fn new(texts: &'static [&'static str], vocabulary: &'static str) -> Self {
        Self { texts, vocabulary }
    }

    /// Refuses to compile what is none of them.
    ///
    /// # Panics
    ///
    /// When `text` is none of them. Tracked to the caller, so that the error points at the text and says nothing of this function.
    #[track_caller]
    pub const fn check(&self, text: &str) {
        // Nothing to choose from: the derive has failed and says why.
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

/// How many scopes are worth reading when none is like the one that was written.
const LISTED: usize = 6;

/// A text that is put together while compiling. What does not fit is left out.
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
        // Whole texts only, so that what there is stays UTF-8.
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
mod tests {
    use super::*;

    const TEXTS: &[&str] = &["todo:read", "todo:write", "todo:admin", "x"];
    const KNOWN: KnownScopes = KnownScopes::new(TEXTS, "TodoScope");

    fn explained(texts: &[&str], text: &str) -> String {
        explanation(texts, text, "TodoScope").as_str().to_owned()
    }

    #[test]
    fn a_scope_of_the_vocabulary_passes() {
        const { KNOWN.check("todo:write") };
        for text in TEXTS {
            KNOWN.check(text);
        }
    }

    #[test]
    #[should_panic(expected = "\"todo:wirte\" is not a scope of `TodoScope`: did you mean \"todo:write\"?")]
    fn another_one_does_not() {
        KNOWN.check("todo:wirte");
    }

    #[test]
    fn a_vocabulary_that_failed_to_compile_refuses_nothing() {
        KnownScopes::new(&[], "TodoScope").check("todo:write");
    }

    #[test]
    fn without_a_likely_scope_the_choices_are_listed() {
        assert_eq!(explained(&["a:b"], "mail:send"), "\"mail:send\" is not a scope of `TodoScope`: expected \"a:b\"");
        assert_eq!(
            explained(&TEXTS[..3], "mail:send"),
            "\"mail:send\" is not a scope of `TodoScope`: expected \"todo:read\", \"todo:write\" or \"todo:admin\""
        );
        let many = ["s1", "s2", "s3", "s4", "s5", "s6", "s7"];
        assert!(explained(&many, "mail:send").ends_with("expected \"s1\", \"s2\", \"s3\", \"s4\", \"s5\", \"s6\", .."));
        let six = explained(&many[..6], "mail:send");
        assert!(six.ends_with("\"s5\" or \"s6\""), "{six}");
    }

    #[test]
    fn a_message_leaves_out_what_does_not_fit() {
        let long = "é".repeat(Message::CAPACITY / 2 + 1);
        assert_eq!(Message::new().push("a").push(&long).push("b").as_str(), "ab");
        let full = "é".repeat(Message::CAPACITY / 2);
        assert_eq!(Message::new().push(&full).push("b").as_str(), full);
    }
}
