//! Prints reports as text or JSON.

use std::fmt;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::failure::Failure;

/// The style of headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// The style of calls that are no longer allowed, and of changes that allow more.
pub(crate) const ALERT: Style = AnsiColor::Red.on_default();
/// The style of calls that are newly allowed, and of changes that allow less.
pub(crate) const CALM: Style = AnsiColor::Green.on_default();
/// The style of everything that needs a second look.
pub(crate) const NOTICE: Style = AnsiColor::Yellow.on_default();

/// The report of a command.
pub(crate) trait Report: Serialize {
    /// Writes the report as text.
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()>;

    /// Returns the exit status.
    fn status(&self) -> Status;
}

/// The exit status of a command that has a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    /// Nothing was found.
    Nothing,
    /// Something was found.
    Found,
    /// Nothing was found, but not all of the input was usable.
    Incomplete,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Nothing => Self::SUCCESS,
            Status::Found => Self::from(1),
            Status::Incomplete => Self::from(2),
        }
    }
}

/// Prints a report to standard output.
pub(crate) fn print(report: &impl Report, as_json: bool) -> Result<Status, Failure> {
    let written = if as_json {
        write_json(report)
    } else {
        let mut out = BufWriter::new(anstream::AutoStream::auto(io::stdout().lock()));
        report.write_text(&mut out).and_then(|()| out.flush())
    };
    match written {
        Ok(()) => Ok(report.status()),
        // The reader, such as `head`, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(report.status()),
        Err(error) => Err(Failure::new(format!("cannot write to standard output: {error}"))),
    }
}

fn write_json(report: &impl Report) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    writeln!(io::stdout().lock(), "{}", escaped_json(&text))
}

/// Returns the same document with escapes for characters that a terminal could interpret. serde_json escapes only those
/// below U+0020.
fn escaped_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\u{7f}' && (character.is_ascii() || character.escape_debug().len() == 1) {
            escaped.push(character);
        } else {
            let units =
                character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            escaped.push_str(&units);
        }
    }
    escaped
}

/// A text from a file, for a terminal. Control characters, invisible characters and characters that change the direction
/// of the text are escaped.
pub(crate) struct Shown<'t>(pub(crate) &'t str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::with_capacity(self.0.len());
        for character in self.0.chars() {
            match character {
                '\'' | '"' => shown.push(character),
                _ => write!(shown, "{}", character.escape_debug())?,
            }
        }
        f.pad(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped() {
        for (text, expected) in [
            ("create_todo", "create_todo"),
            ("say \"hi\" it's", "say \"hi\" it's"),
            ("größe 日本", "größe 日本"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\nb\r\t\0", "a\\nb\\r\\t\\0"),
            ("a\u{9b}31m", "a\\u{9b}31m"),
            ("a\u{202e}b\u{2066}c\u{200b}", "a\\u{202e}b\\u{2066}c\\u{200b}"),
            ("a\\n", "a\\\\n"),
        ] {
            assert_eq!(Shown(text).to_string(), expected);
        }
        assert_eq!(format!("{:4}|", Shown("ab")), "ab  |");
    }

    #[test]
    fn json_has_no_characters_for_terminals() {
        let text = "größe \u{1b}[31m \u{9b}31m \u{7f} \u{202e} \u{e0001} \u{1f600}";
        let json = escaped_json(&serde_json::to_string(text).unwrap());
        assert_eq!(json, r#""größe \u001b[31m \u009b31m \u007f \u202e \udb40\udc01 😀""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
