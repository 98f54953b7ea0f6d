//! The URI of a resource, or its URI template.

use mcp_guard_uri::{InvalidTemplate, UriTemplate};
use syn::{Ident, LitStr};

use crate::attr::{GuardArg, GuardAttr, nearest};
use crate::diagnostics::Diagnostics;

/// A URI and its variables. A URI without variables names one resource.
#[derive(Debug)]
pub(crate) struct Uri<'a> {
    pub(crate) literal: &'a LitStr,
    pub(crate) variables: Vec<Variable>,
}

/// One variable of a template.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// Whether a URI may omit it.
    pub(crate) optional: bool,
}

impl Uri<'_> {
    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// Suggests a correction for `name`, which is not a variable.
    pub(super) fn suggestion(&self, name: &str) -> String {
        match nearest(name, self.variables.iter().map(|variable| variable.name.as_str())) {
            Some(similar) => format!("did you mean `{similar}`?"),
            None => match self.variables.as_slice() {
                [] => format!("add it to the template, like `{}/{{{name}}}`", self.literal.value()),
                variables => {
                    let names: Vec<String> = variables.iter().map(|variable| format!("`{}`", variable.name)).collect();
                    format!("the template has {}", names.join(" and "))
                }
            },
        }
    }
}

/// Returns the URI of the resource `name`. Returns `None` after an error.
pub(super) fn check<'a>(attr: &'a GuardAttr, name: &Ident, diagnostics: &mut Diagnostics) -> Option<Uri<'a>> {
    let given = attr.args.iter().find_map(|arg| match &arg.value {
        GuardArg::Uri(uri) => Some(uri),
        _ => None,
    });
    let Some(literal) = given else {
        if attr.uri_reported {
            return None;
        }
        diagnostics.push(name, format_args!("the resource `{name}` has no URI yet")).help(format_args!(
            "add a URI, `#[guarded_resource(uri = \"todo://{name}\", ..)]`, \
             or a template, `uri = \"todo://{name}/{{id}}\"`"
        ));
        return None;
    };
    // A value that is not a string literal is already reported.
    let literal = literal.as_ref()?;
    match UriTemplate::parse(&literal.value()) {
        Ok(template) => {
            let variable = |name: &str| Variable { name: name.to_owned(), optional: template.is_optional(name) };
            Some(Uri { literal, variables: template.variables().map(variable).collect() })
        }
        Err(error) => {
            malformed(literal, &error, diagnostics);
            None
        }
    }
}

fn malformed(literal: &LitStr, error: &InvalidTemplate, diagnostics: &mut Diagnostics) {
    let text = error.to_string();
    // The text after the colon is a reason or a suggestion.
    let (message, rest) = text.split_once(": ").unwrap_or((&text, ""));
    let wrong = diagnostics.push(literal, message);
    match error {
        InvalidTemplate::Unclosed(_) => wrong.help("close it, like `{id}`"),
        InvalidTemplate::Character(character) => {
            let encoded: String = character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
            wrong.help(format_args!("percent-encode it: `{encoded}`"))
        }
        InvalidTemplate::Percent(_) => wrong.help("write `%25` for a percent sign"),
        InvalidTemplate::Expression(body) | InvalidTemplate::Variable(body) => wrong.help(valid_variable(body)),
        InvalidTemplate::Modifier(body) => {
            wrong.note(rest);
            wrong.help(valid_variable(body.split([':', '*']).next().unwrap_or_default()))
        }
        InvalidTemplate::Repeated(_) => wrong.help("give each variable its own name"),
        InvalidTemplate::PathNotLast(name) => wrong.help(format_args!("write `{{{name}}}` if it is one segment only")),
        InvalidTemplate::QueryNotLast(_) => wrong.help("move it to the end"),
        _ if rest.is_empty() => wrong,
        _ => wrong.help(rest),
    };
}

/// Suggests a valid variable for the invalid name `intended`.
fn valid_variable(intended: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name: String = intended.trim().chars().map(|c| if is_word(c) { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        format!("write `{{{name}}}`")
    } else {
        "give it a name, like `{id}`".to_owned()
    }
}
