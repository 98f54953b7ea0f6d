//! Where a resource is: its URI, or a template for many.

use mcp_guard_uri::UriTemplate;
use syn::Ident;
use syn::LitStr;

use crate::attr::GuardArg;
use crate::attr::GuardAttr;
use crate::attr::nearest;
use crate::diag::Diagnostics;

/// A URI and its variables: none, if it names one resource.
#[derive(Debug)]
pub(crate) struct Uri<'a> {
    pub(crate) literal: &'a LitStr,
    pub(crate) variables: Vec<Variable>,
}

/// One variable of a template.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// Whether a URI may leave it out.
    pub(crate) optional: bool,
}

impl Uri<'_> {
    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// What to tell somebody who took `name` for a variable.
    pub(super) fn advice(&self, name: &str) -> String {
        match nearest(name, self.variables.iter().map(|variable| variable.name.as_str())) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => match self.variables.as_slice() {
                [] => format!("write it into the template, like `{}/{{{name}}}`", self.literal.value()),
                variables => {
                    let names: Vec<String> = variables.iter().map(|variable| format!("`{}`", variable.name)).collect();
                    format!("the template has {}", names.join(" and "))
                }
            },
        }
    }
}

/// The URI of the resource `name`. `None` is reported.
pub(super) fn check<'a>(attr: &'a GuardAttr, name: &Ident, diagnostics: &mut Diagnostics) -> Option<Uri<'a>> {
    let given = attr.args.iter().find_map(|arg| match &arg.value {
        GuardArg::Uri(uri) => Some(uri),
        _ => None,
    });
    let Some(literal) = given else {
        diagnostics.push(name, format_args!("nobody knows where the resource `{name}` is")).help(format_args!(
            "give it a URI, `#[guarded_resource(uri = \"todo://{name}\", ..)]`, or a template, `uri = \"todo://{name}/{{id}}\"`"
        ));
        return None;
    };
    // A value of another shape is reported already.
    let literal = literal.as_ref()?;
    match UriTemplate::parse(&literal.value()) {
        Ok(template) => {
            let variable = |name: &str| Variable { name: name.to_owned(), optional: template.is_optional(name) };
            Some(Uri { literal, variables: template.variables().map(variable).collect() })
        }
        Err(error) => {
            let error = error.to_string();
            // What to do about it stands behind a colon.
            match error.split_once(": ") {
                Some((message, help)) => diagnostics.push(literal, message).help(help),
                None => diagnostics.push(literal, error),
            };
            None
        }
    }
}
