//! Reads the lines of a decision log.

use std::borrow::Cow;

use mcp_guard::ScopeSet;
use mcp_guard::record::{OperationKind, Outcome};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The version of the records that this program understands. Records of sinks without versions have none.
const VERSION: u64 = 1;

/// A line that was understood.
#[derive(Debug)]
pub(super) enum Parsed<'l> {
    /// A line without a record.
    Blank,
    /// A record that is not a decision, with the number of lost records that it reports.
    Event { lost: u64 },
    /// A decision.
    Call(Call<'l>),
}

/// The reason why a line was not understood.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unreadable {
    /// The line is not a record.
    Broken,
    /// The record has another version.
    Version,
    /// The line is too long.
    TooLong,
    /// The last line ends before its record does.
    Cut,
}

/// A recorded decision, as far as a rehearsal needs it.
#[derive(Debug, Deserialize)]
pub(super) struct Call<'l> {
    v: Option<u64>,
    event: Option<IgnoredAny>,
    pub(super) outcome: Outcome,
    pub(super) kind: Option<OperationKind>,
    #[serde(borrow)]
    pub(super) operation: Option<Text<'l>>,
    pub(super) granted: ScopeSet,
    #[serde(default)]
    pub(super) late: ScopeSet,
    #[serde(borrow)]
    pub(super) rule: Option<Text<'l>>,
    /// Absent if the caller had no token.
    #[serde(borrow)]
    pub(super) issuer: Option<Text<'l>>,
    #[serde(borrow)]
    pub(super) client: Option<Text<'l>>,
}

/// A text that is borrowed from the line if it has no escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'l>(#[serde(borrow)] Cow<'l, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The members that all records share.
#[derive(Deserialize)]
struct Header<'l> {
    v: Option<u64>,
    #[serde(borrow)]
    event: Option<Text<'l>>,
    #[serde(default)]
    count: u64,
}

impl<'l> Parsed<'l> {
    /// Reads a line.
    pub(super) fn of(line: &'l [u8]) -> Result<Self, Unreadable> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(Self::Blank);
        }
        // serde would also accept a list of all values.
        if !line.starts_with(b"{") {
            return Err(Unreadable::Broken);
        }
        match serde_json::from_slice::<Call<'_>>(line) {
            Ok(call) if call.event.is_none() && call.v.is_none_or(|version| version == VERSION) => Ok(Self::Call(call)),
            _ => Self::other(line),
        }
    }

    /// Reads a line that is not a decision of this version.
    fn other(line: &[u8]) -> Result<Self, Unreadable> {
        let header: Header<'_> = serde_json::from_slice(line).map_err(|_| Unreadable::Broken)?;
        match (header.v.unwrap_or(VERSION), header.event) {
            (VERSION, Some(event)) if event.as_str() == "lost" => Ok(Self::Event { lost: header.count }),
            (VERSION, Some(_)) => Ok(Self::Event { lost: 0 }),
            (VERSION, None) => Err(Unreadable::Broken),
            _ => Err(Unreadable::Version),
        }
    }
}

impl Unreadable {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "not a record",
            Self::Version => "a record of another version",
            Self::TooLong => "too long",
            Self::Cut => "cut off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_or_rejected() {
        let call = r#"{"v":1,"seq":2,"time":"..","request_id":"r","kind":"tool","operation":"add","required":[],"granted":["a"],"missing":[],"outcome":"allowed","issuer":"i","client":"c\u001b","duration_us":1,"mac":"m"}"#;
        let parsed = |line: &str| match Parsed::of(line.as_bytes()) {
            Ok(Parsed::Blank) => "blank".to_owned(),
            Ok(Parsed::Event { lost }) => format!("event {lost}"),
            Ok(Parsed::Call(call)) => {
                let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.as_str().to_owned());
                format!("{} {:?} {:?} {}", call.outcome, text(&call.operation), text(&call.client), call.granted)
            }
            Err(reason) => format!("{reason:?}"),
        };
        let all = r#"allowed Some("add") Some("c\u{1b}") a"#;
        for (line, expected) in [
            ("", "blank"),
            (" \r", "blank"),
            (call, all),
            (&call.replace("\"v\":1,\"seq\":2,", ""), all),
            (&format!("{call}\r"), all),
            (&call.replace("\"v\":1", "\"v\":2"), "Version"),
            (r#"{"v":2,"outcome":[]}"#, "Version"),
            (r#"{"v":2,"event":"opened"}"#, "Version"),
            (&call.replace("\"kind\":\"tool\",\"operation\":\"add\",", ""), r#"allowed None Some("c\u{1b}") a"#),
            (&call.replace("allowed", "postponed"), "Broken"),
            (&call.replace("tool", "toll"), "Broken"),
            (&call.replace("[\"a\"]", "[\"a b\"]"), "Broken"),
            (&call.replace("\"granted\"", "\"missing\""), "Broken"),
            (&call[..call.len() - 1], "Broken"),
            (&format!("{call}{call}"), "Broken"),
            (&format!("[{call}]"), "Broken"),
            (r#"{"v":1,"event":"refusals","rule":"token_missing","network":"other","count":17}"#, "event 0"),
            (r#"{"v":1,"event":"lost","count":3,"reason":"queue_full"}"#, "event 3"),
            (r#"{"v":1,"event":"recovered","length":3}"#, "event 0"),
            (&call.replace("\"v\":1", "\"v\":1,\"event\":\"other\""), "event 0"),
            ("null", "Broken"),
            ("\0\0\0\0", "Broken"),
        ] {
            assert_eq!(parsed(line), expected, "{line}");
        }
        let mut invalid = call.as_bytes().to_vec();
        invalid[20] = 0xff;
        assert_eq!(Parsed::of(&invalid).map(|_| ()), Err(Unreadable::Broken));
        let nested = format!(r#"{{"outcome":"allowed","granted":[],"x":{}"#, "[".repeat(100_000));
        assert_eq!(Parsed::of(nested.as_bytes()).map(|_| ()), Err(Unreadable::Broken));
    }
}
