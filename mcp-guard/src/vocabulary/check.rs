//! A text beside its vocabulary, looked at by the compiler.
//!
//! A macro sees the name of the enum and not its variants, so it cannot compare. What it writes calls [`check_scope`] in a constant, and the panic of
//! that is the compile error. Hence all of this is `const fn`, which has no iterators, no `String` and no `==` on texts.

/// Refuses to compile where `text` is not among `texts`, the scopes of the `vocabulary` of that name.
///
/// # Panics
///
/// When it is not among them. Tracked to the caller, so that the error points at the text and says nothing of this function.
#[track_caller]
pub const fn check_scope(texts: &[&str], text: &str, vocabulary: &str) {
    // Nothing to choose from: the derive has failed and says why.
    if !texts.is_empty() && !contains(texts, text) {
        panic!("{}", explanation(texts, text, vocabulary).as_str());
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

/// The scope that `typo` was probably meant to be.
const fn nearest<'t>(texts: &[&'t str], typo: &str) -> Option<&'t str> {
    let mut nearest = None;
    let mut least = usize::MAX;
    let mut i = 0;
    while i < texts.len() {
        let limit = texts[i].len() / 3;
        if let Some(distance) = distance(texts[i], typo, if limit == 0 { 1 } else { limit })
            && distance < least
        {
            least = distance;
            nearest = Some(texts[i]);
        }
        i += 1;
    }
    nearest
}

/// Longer texts are not compared: nobody types them.
const LONGEST: usize = 64;

/// How many characters must be inserted, removed, replaced or swapped with the next one to turn `a` into `b` (optimal string alignment), if not
/// more than `limit`.
const fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // Most are told apart by this, and the compiler gives up on a constant that takes long.
    if a.len().abs_diff(b.len()) > limit || a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    // One row for each prefix of `a`, of which three are needed at a time; one column for each prefix of `b`.
    let mut rows = [[0; LONGEST + 1]; 3];
    let mut i = 0;
    while i <= a.len() {
        let mut j = 0;
        while j <= b.len() {
            let (row, above) = (i % 3, (i + 2) % 3);
            let mut least = i + j;
            if i > 0 && j > 0 {
                least = rows[above][j - 1] + (a[i - 1] != b[j - 1]) as usize;
                least = smaller(least, smaller(rows[above][j], rows[row][j - 1]) + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = smaller(least, rows[(i + 1) % 3][j - 2] + 1);
                }
            }
            rows[row][j] = least;
            j += 1;
        }
        i += 1;
    }
    let found = rows[a.len() % 3][b.len()];
    if found <= limit { Some(found) } else { None }
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

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

    fn explained(texts: &[&str], text: &str) -> String {
        explanation(texts, text, "TodoScope").as_str().to_owned()
    }

    #[test]
    fn a_scope_of_the_vocabulary_passes() {
        const { check_scope(TEXTS, "todo:write", "TodoScope") };
        for text in TEXTS {
            check_scope(TEXTS, text, "TodoScope");
        }
    }

    #[test]
    #[should_panic(expected = "\"todo:wirte\" is not a scope of `TodoScope`: did you mean \"todo:write\"?")]
    fn another_one_does_not() {
        check_scope(TEXTS, "todo:wirte", "TodoScope");
    }

    #[test]
    fn a_vocabulary_that_failed_to_compile_refuses_nothing() {
        check_scope(&[], "todo:write", "TodoScope");
    }

    #[test]
    fn a_typo_finds_the_scope_it_was_meant_to_be() {
        for (typo, meant) in [
            ("todo:raed", Some("todo:read")),
            ("todo:wirte", Some("todo:write")),
            ("todo.write", Some("todo:write")),
            ("todos:read", Some("todo:read")),
            ("todo:writes", Some("todo:write")),
            ("todo:Admin", Some("todo:admin")),
            ("y", Some("x")),
            ("", Some("x")),
            ("mail:send", None),
            ("todo", None),
            ("todo:read:everything", None),
        ] {
            assert_eq!(nearest(TEXTS, typo), meant, "{typo}");
        }
    }

    #[test]
    fn distance_counts_a_swap_once_and_stops_at_the_limit() {
        for (a, b, distant) in [
            ("ab", "ab", 0),
            ("ab", "ba", 1),
            ("ab", "a", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(a, b, 3), Some(distant), "{a} {b}");
            assert_eq!(distance(b, a, 3), Some(distant), "{b} {a}");
            assert_eq!(distance(a, b, distant), Some(distant), "{a} {b}");
            if distant > 0 {
                assert_eq!(distance(a, b, distant - 1), None, "{a} {b}");
            }
        }
    }

    #[test]
    fn long_texts_are_compared_but_not_guessed() {
        let long = "https://example.com/".repeat(4);
        let other = format!("{long}x");
        assert!(contains(&[&other], &other));
        assert_eq!(nearest(&[&other], &long), None);
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
