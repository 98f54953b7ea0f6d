//! The digest of the arguments that a state belongs to.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Returns the digest of arguments. The order of members and the encoding of texts make no difference.
///
/// Not the canonical JSON of RFC 8785: it writes numbers as doubles, so that integers above 2^53 that differ have one
/// form, and a client could edit them.
pub(super) fn digest(arguments: &Map<String, Value>) -> [u8; 32] {
    let mut hash = Sha256::new();
    add_members(&mut hash, arguments);
    hash.finalize().into()
}

fn add(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(false) => hash.update(b"f"),
        Value::Bool(true) => hash.update(b"t"),
        Value::Number(number) => add_text(hash, b"#", &number.to_string()),
        Value::String(text) => add_text(hash, b"\"", text),
        Value::Array(values) => {
            hash.update(b"[");
            hash.update(values.len().to_be_bytes());
            values.iter().for_each(|value| add(hash, value));
        }
        Value::Object(members) => add_members(hash, members),
    }
}

fn add_members(hash: &mut Sha256, members: &Map<String, Value>) {
    hash.update(b"{");
    hash.update(members.len().to_be_bytes());
    // Sorted also if an application enables `preserve_order` of serde_json.
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in members {
        add_text(hash, b"", name);
        add(hash, value);
    }
}

fn add_text(hash: &mut Sha256, kind: &[u8], text: &str) {
    hash.update(kind);
    hash.update(text.len().to_be_bytes());
    hash.update(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(text: &str) -> [u8; 32] {
        digest(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn only_equal_arguments_have_equal_digests() {
        let arguments = digest_of(r#"{"a": [1, {"b": "ä"}], "c": null}"#);
        assert_eq!(arguments, digest_of(r#"{"c":null,"a":[1,{"b":"\u00e4"}]}"#), "another spelling");
        for other in [
            r"{}",
            r#"{"a": [1, {"b": "ä"}]}"#,
            r#"{"a": [2, {"b": "ä"}], "c": null}"#,
            r#"{"a": [1, {"b": "ä"}], "c": false}"#,
            r#"{"a": ["1", {"b": "ä"}], "c": null}"#,
            r#"{"a": [1, {"b": "ä", "c": null}]}"#,
            r#"{"a": [1], "b": "ä", "c": null}"#,
        ] {
            assert_ne!(arguments, digest_of(other), "{other}");
        }
    }

    #[test]
    fn integers_above_2_53_are_different() {
        assert_ne!(digest_of(r#"{"id": 9007199254740992}"#), digest_of(r#"{"id": 9007199254740993}"#));
    }
}
