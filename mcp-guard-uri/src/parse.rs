//! Parses a URI template into parts that match unambiguously.
//!
//! `iri-string` validates the grammar of RFC 6570 section 2, part by part, so that an error can name the part. It also
//! validates that the result is a URI (RFC 3986 section 3). This module adds the rules that only matching requires.

use iri_string::template::UriTemplateStr;
use iri_string::types::UriStr;

/// The maximum length of a template, and of a URI that can match one, in octets.
pub(crate) const MAX_LENGTH: usize = 8 * 1024;

/// A part of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// Octets that a URI must contain unchanged.
    Literal(String),
    /// `{id}`: one name.
    Name(String),
    /// `{+path}`: a relative path.
    Path(String),
    /// `{?q,lang}`: free text by key, each optional.
    Query(Vec<String>),
}

impl Part {
    /// Returns the variables of this part.
    pub(crate) fn variables(&self) -> &[String] {
        match self {
            Self::Literal(_) => &[],
            Self::Name(name) | Self::Path(name) => std::slice::from_ref(name),
            Self::Query(names) => names,
        }
    }
}

/// The reason why a URI template is invalid for a guarded resource.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTemplate {
    /// The template exceeds the maximum length of a URI.
    #[error("a URI template cannot be longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// An expression is not closed.
    #[error("`{0}` has no closing `}}`")]
    Unclosed(String),
    /// A character that is not allowed in a literal (RFC 6570 section 2.1), or is not ASCII: percent-encode it.
    #[error("{0:?} is not allowed in a URI template")]
    Character(char),
    /// A `%` that is not followed by two hexadecimal digits.
    #[error("`{0}` has a `%` that does not begin a percent-encoded octet")]
    Percent(String),
    /// Not an expression of RFC 6570 section 2.2.
    #[error("`{{{0}}}` is not an RFC 6570 expression")]
    Expression(String),
    /// An operator whose expansions cannot be matched unambiguously.
    #[error("`{{{0}}}` cannot be matched: only `{{id}}`, `{{+path}}` and `{{?key}}` can")]
    Operator(String),
    /// A prefix or explode modifier (RFC 6570 section 2.4).
    #[error("`{{{0}}}` cannot be matched: `:` and `*` throw away where a value ends")]
    Modifier(String),
    /// Several variables in `{a,b}` or `{+a,b}`.
    #[error("`{{{0}}}` cannot be matched: only a query like `{{?a,b}}` can hold several variables")]
    Several(String),
    /// A variable name that is not valid as the name of an argument.
    #[error("the variable `{0}` cannot name an argument: use letters, digits and `_`")]
    Variable(String),
    /// A variable that occurs twice.
    #[error("the variable `{0}` is given twice")]
    Repeated(String),
    /// Two variables without a delimiter between them.
    #[error("nothing tells where `{0}` ends and `{1}` begins: put a `/` between them")]
    Inseparable(String, String),
    /// `{+path}` is followed by another part of the path.
    #[error("`{{+{0}}}` must be at the end, only a query like `{{?key}}` may follow")]
    PathNotLast(String),
    /// `{?key}` is followed by something else, or the literals already contain a query or a fragment.
    #[error("`{{?{0}}}` must be at the end, after a part without `?` and `#`")]
    QueryNotLast(String),
    /// The expansion is not a URI, or the scheme is not a literal.
    #[error("\"{0}\" is not a URI with a scheme of its own, like `todo://todos/{{id}}`")]
    NotAUri(String),
}

/// Parses `template`.
pub(crate) fn parse(template: &str) -> Result<Vec<Part>, InvalidTemplate> {
    if template.len() > MAX_LENGTH {
        return Err(InvalidTemplate::TooLong);
    }
    // `UriTemplateStr::new` panics on `%` before some of these characters (iri-string 0.7.14).
    if let Some(character) = template.chars().find(|c| !c.is_ascii()) {
        return Err(InvalidTemplate::Character(character));
    }
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        parts.extend(literal(text)?);
        let (body, after) = after.split_once('}').ok_or_else(|| InvalidTemplate::Unclosed(format!("{{{after}")))?;
        parts.push(expression(body)?);
        rest = after;
    }
    parts.extend(literal(rest)?);
    reject_repeated(&parts)?;
    reject_ambiguous(&parts)?;
    reject_without_scheme(&parts, template)?;
    Ok(parts)
}

fn literal(text: &str) -> Result<Option<Part>, InvalidTemplate> {
    if UriTemplateStr::new(text).is_err() {
        let rejected = |c: &char| *c != '%' && UriTemplateStr::new(c.encode_utf8(&mut [0; 4])).is_err();
        return Err(match text.chars().find(rejected) {
            Some(character) => InvalidTemplate::Character(character),
            None => InvalidTemplate::Percent(text.to_owned()),
        });
    }
    Ok((!text.is_empty()).then(|| Part::Literal(text.to_owned())))
}

fn expression(body: &str) -> Result<Part, InvalidTemplate> {
    // Only `new`, because `UriTemplateStr::variables` panics on `{a:99999}` (iri-string 0.7.14).
    if UriTemplateStr::new(&format!("{{{body}}}")).is_err() {
        return Err(InvalidTemplate::Expression(body.to_owned()));
    }
    if body.contains([':', '*']) {
        return Err(InvalidTemplate::Modifier(body.to_owned()));
    }
    if body.starts_with(['#', '.', '/', ';', '&']) {
        return Err(InvalidTemplate::Operator(body.to_owned()));
    }
    if let Some(list) = body.strip_prefix('?') {
        return Ok(Part::Query(list.split(',').map(variable).collect::<Result<_, _>>()?));
    }
    if body.contains(',') {
        return Err(InvalidTemplate::Several(body.to_owned()));
    }
    match body.strip_prefix('+') {
        Some(name) => variable(name).map(Part::Path),
        None => variable(body).map(Part::Name),
    }
}

/// Parses a variable name. RFC 6570 section 2.3 also allows dots, percent-encoded octets and a leading digit.
fn variable(name: &str) -> Result<String, InvalidTemplate> {
    let is_word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_word || name.starts_with(|c: char| c.is_ascii_digit()) || name == "_" {
        return Err(InvalidTemplate::Variable(name.to_owned()));
    }
    Ok(name.to_owned())
}

fn reject_repeated(parts: &[Part]) -> Result<(), InvalidTemplate> {
    let names: Vec<_> = parts.iter().flat_map(Part::variables).collect();
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        Some((_, name)) => Err(InvalidTemplate::Repeated((*name).clone())),
        None => Ok(()),
    }
}

/// Rejects parts without a delimiter between them. A name ends at the first delimiter, a path at `?`, `#` or the end.
fn reject_ambiguous(parts: &[Part]) -> Result<(), InvalidTemplate> {
    for (at, part) in parts.iter().enumerate() {
        let after = &parts[at + 1..];
        match (part, after) {
            (Part::Name(name), [Part::Name(next) | Part::Path(next), ..]) => {
                return Err(InvalidTemplate::Inseparable(name.clone(), next.clone()));
            }
            (Part::Name(name), [Part::Literal(text), Part::Name(next) | Part::Path(next), ..])
                if !text.contains(is_delimiter) =>
            {
                return Err(InvalidTemplate::Inseparable(name.clone(), next.clone()));
            }
            (Part::Path(name), [next, ..]) if !matches!(next, Part::Query(_)) => {
                return Err(InvalidTemplate::PathNotLast(name.clone()));
            }
            (Part::Query(names), _) => {
                let has_query = |part: &Part| matches!(part, Part::Literal(text) if text.contains(['?', '#']));
                if !after.is_empty() || parts.iter().any(has_query) {
                    return Err(InvalidTemplate::QueryNotLast(names.join(",")));
                }
            }
            (Part::Literal(_) | Part::Name(_) | Part::Path(_), _) => {}
        }
    }
    Ok(())
}

/// Returns whether `c` is never part of the value of a `{name}`, and so ends it.
///
/// These are the reserved characters (RFC 3986 section 2.2) without `!'()*`, which `encodeURIComponent` does not
/// encode.
pub(crate) fn is_delimiter(c: char) -> bool {
    matches!(c, ':' | '/' | '?' | '#' | '[' | ']' | '@' | '$' | '&' | '+' | ',' | ';' | '=')
}

/// Rejects a variable in the scheme, which would match the URIs of all other resources.
fn reject_without_scheme(parts: &[Part], template: &str) -> Result<(), InvalidTemplate> {
    let has_scheme = matches!(parts.first(), Some(Part::Literal(text)) if text.contains(':'));
    // The value `1` is valid anywhere after the scheme, even in a port.
    let example: String = parts.iter().map(|part| if let Part::Literal(text) = part { text } else { "1" }).collect();
    if has_scheme && UriStr::new(&example).is_ok() {
        return Ok(());
    }
    Err(InvalidTemplate::NotAUri(template.to_owned()))
}
