//! JSON that is safe to print on a terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Appends a value as JSON in one line. Characters that control a terminal or reorder text are escaped, also those that
/// JSON permits in strings.
pub(super) fn append_json(buffer: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(buffer, Printable)).map_err(io::Error::from)
}

struct Printable;

impl Formatter for Printable {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unsafe) {
            let (safe, from) = rest.split_at(at);
            writer.write_all(safe.as_bytes())?;
            let mut characters = from.chars();
            if let Some(character) = characters.next() {
                write!(writer, "\\u{:04x}", u32::from(character))?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Selects DEL, the C1 controls, line separators and the controls of bidirectional text. All have four hex digits.
const fn is_unsafe(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_text_controls_no_terminal() {
        let hostile = "a\n\r\u{1b}[2J\u{7f}\u{9b}31m\u{202e}\u{2028}\"\\é";
        let mut json = Vec::new();
        append_json(&mut json, &hostile).unwrap();
        let text = str::from_utf8(&json).unwrap();
        assert_eq!(text, r#""a\n\r\u001b[2J\u007f\u009b31m\u202e\u2028\"\\é""#);
        assert_eq!(serde_json::from_str::<String>(text).unwrap(), hostile);
    }
}
