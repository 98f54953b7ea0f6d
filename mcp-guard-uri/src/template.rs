//! Matches a URI against a template.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::parse::{InvalidTemplate, Part};
use crate::{overlap, parse};

/// The characters that expansion encodes in a value: all but the unreserved characters (RFC 6570 section 3.2.1).
const EXPANDED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The characters that a name may also contain unencoded.
const RAW_IN_NAME: &AsciiSet = &AsciiSet::EMPTY.add(b'!').add(b'\'').add(b'(').add(b')').add(b'*');
/// The characters that a name in a path may also contain unencoded: the reserved ones without `/`, `?` and `#`.
const RAW_IN_PATH: &AsciiSet =
    &RAW_IN_NAME.add(b':').add(b'[').add(b']').add(b'@').add(b'$').add(b'&').add(b'+').add(b',').add(b';').add(b'=');

/// The URI of a resource, or a URI template for several resources.
///
/// A template consists of literal octets, `{id}` for a name, `{+path}` for a relative path and `{?q,lang}` for free
/// text. See the [crate docs](crate) for the matching rules.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UriTemplate {
    parts: Vec<Part>,
}

impl UriTemplate {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not an RFC 6570 template of a URI with a scheme, or if a URI could match it in two
    /// ways.
    pub fn parse(template: &str) -> Result<Self, InvalidTemplate> {
        Ok(Self { parts: parse::parse(template)? })
    }

    /// Returns the names of the variables, in the order of the template.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(Part::variables).map(String::as_str)
    }

    /// Returns whether this is a plain URI, without variables.
    #[must_use]
    pub fn is_static(&self) -> bool {
        self.variables().next().is_none()
    }

    /// Returns whether URIs may omit this variable, which is the key of a query.
    #[must_use]
    pub fn is_optional(&self, variable: &str) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Query(keys) if keys.iter().any(|key| key == variable)))
    }

    /// Returns whether a URI could match both templates.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        overlap::overlaps(&self.parts, &other.parts)
    }

    /// Returns the variables and their decoded values if `uri` matches. Omits the keys that the query omits.
    #[must_use]
    pub fn captures<'u>(&self, uri: &'u str) -> Option<Vec<(&str, Cow<'u, str>)>> {
        if uri.len() > parse::MAX_LENGTH || !uri.is_ascii() {
            return None;
        }
        let mut found = Vec::new();
        let mut rest = uri;
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
                Part::Name(variable) => {
                    let raw = until(rest, parse::is_delimiter).strip_suffix(self.undelimited_after(at))?;
                    rest = &rest[raw.len()..];
                    found.push((variable.as_str(), name(raw, RAW_IN_NAME)?));
                }
                Part::Path(variable) => {
                    let raw = until(rest, |c| matches!(c, '?' | '#'));
                    rest = &rest[raw.len()..];
                    found.push((variable.as_str(), path(raw)?));
                }
                Part::Query(keys) => {
                    found.extend(query(rest, keys)?);
                    rest = "";
                }
            }
        }
        rest.is_empty().then_some(found)
    }

    /// Returns the start of the part after `at` that a name could also contain: the `.json` of `{id}.json/raw`.
    fn undelimited_after(&self, at: usize) -> &str {
        match self.parts.get(at + 1) {
            Some(Part::Literal(text)) => until(text, parse::is_delimiter),
            _ => "",
        }
    }
}

/// Returns `text` up to the first character for which `ends` returns true.
fn until(text: &str, ends: fn(char) -> bool) -> &str {
    text.find(ends).map_or(text, |end| &text[..end])
}

fn path(raw: &str) -> Option<Cow<'_, str>> {
    for piece in raw.split('/') {
        name(piece, RAW_IN_PATH)?;
    }
    percent_decode_str(raw).decode_utf8().ok()
}

fn query<'k, 'u>(raw: &'u str, keys: &'k [String]) -> Option<Vec<(&'k str, Cow<'u, str>)>> {
    let mut values = vec![None; keys.len()];
    if !raw.is_empty() {
        for pair in raw.strip_prefix('?')?.split('&') {
            let (key, value) = pair.split_once('=')?;
            let at = keys.iter().position(|known| known == key)?;
            let value = text(value, RAW_IN_NAME).filter(|value| !value.contains('\0'))?;
            if values[at].replace(value).is_some() {
                return None;
            }
        }
    }
    Some(keys.iter().zip(values).filter_map(|(key, value)| Some((key.as_str(), value?))).collect())
}

fn name<'u>(raw: &'u str, unencoded: &'static AsciiSet) -> Option<Cow<'u, str>> {
    text(raw, unencoded).filter(|value| is_name(value))
}

/// Returns whether `value` remains a single name in any context.
fn is_name(value: &str) -> bool {
    // Windows treats `.. ` and `...` like `..`.
    let is_dots = value.trim_matches(['.', ' ']).is_empty();
    // Section 3.2.3 allows `{+path}` to keep `%2e` unchanged, and URL parsers treat `%2e%2e` as `..`.
    let is_encoded = !percent_decode_str(value).eq(value.bytes());
    !(is_dots || is_encoded || value.contains(|c: char| matches!(c, '/' | '\\') || c.is_control()))
}

/// Decodes `raw` if expansion of the value gives it. Also accepts the `unencoded` characters.
fn text<'u>(raw: &'u str, unencoded: &'static AsciiSet) -> Option<Cow<'u, str>> {
    let value = percent_decode_str(raw).decode_utf8().ok()?;
    let expanded = utf8_percent_encode(&value, EXPANDED).to_string();
    (expanded == utf8_percent_encode(raw, unencoded).to_string()).then_some(value)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
