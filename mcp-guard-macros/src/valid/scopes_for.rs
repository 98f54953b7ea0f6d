//! Further scopes that are computed from the arguments of a request.

use quote::quote;
use syn::Ident;
use syn::Pat;
use syn::Type;
use syn::ext::IdentExt;
use syn::parse_quote;

use super::requirement::Requirement;
use super::signature::Call;
use super::signature::Extraction;
use super::uri::Uri;
use crate::attr::Compute;
use crate::attr::GuardArg;
use crate::attr::GuardAttr;
use crate::attr::Kind;
use crate::diag::Diagnostics;

/// The function, and what it looks at.
#[derive(Debug)]
pub(crate) struct ScopesFor<'a> {
    pub(crate) compute: &'a Compute,
    pub(crate) of: Of,
}

/// What the function looks at.
#[derive(Debug)]
pub(crate) enum Of {
    /// The arguments of a call, as this type.
    Arguments(Box<Type>),
    /// Variables of the URI template, each with its type and whether it may be left out, in the order of the function's parameters.
    Variables(Vec<(String, Type, bool)>),
}

/// The function that `attr` names for `name`. `None`: there is none, or it is reported.
pub(super) fn check<'a>(
    attr: &'a GuardAttr,
    name: &Ident,
    requirement: Option<&Requirement<'_>>,
    call: &Call<'_>,
    uri: Option<&Option<Uri<'_>>>,
    diagnostics: &mut Diagnostics,
) -> Option<ScopesFor<'a>> {
    let (key, compute) = attr.args.iter().find_map(|arg| match &arg.value {
        GuardArg::ScopesFor(compute) => Some((&arg.key, compute.as_ref())),
        _ => None,
    })?;
    if matches!(requirement, Some(Requirement::Public)) {
        diagnostics
            .push(key, format_args!("`{key}` contradicts `public`: `public` means no token is needed"))
            .help("require `authenticated`, and let the function add what some arguments need");
    }
    let compute = compute?;
    let of = match attr.kind {
        Kind::Resource => {
            // A URI that is malformed is reported already.
            let uri = uri?.as_ref()?;
            if uri.variables.is_empty() {
                diagnostics
                    .push(key, format_args!("the URI of `{name}` has no variables that `{key}` could look at"))
                    .help("name every scope in `scopes = [..]`");
                return None;
            }
            Of::Variables(variables(compute, call, uri, diagnostics)?)
        }
        Kind::Tool | Kind::Prompt | Kind::Method => match &call.looked_at {
            Some(ty) => Of::Arguments(ty.clone().into()),
            None => {
                diagnostics
                    .push(key, format_args!("`{name}` takes no arguments that `{key}` could look at"))
                    .help("take them, as `Parameters<T>`, or name every scope in `scopes = [..]`");
                return None;
            }
        },
    };
    Some(ScopesFor { compute, of })
}

/// The variables that the function takes: those that a closure names, or all of them for a function that is named itself.
fn variables(
    compute: &Compute,
    call: &Call<'_>,
    uri: &Uri<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<(String, Type, bool)>> {
    let typed = |name: &str, optional: bool| {
        let taken = call.parameters.iter().find_map(|parameter| match &parameter.extraction {
            Extraction::Variable { name: taken, .. } if taken == name => Some(parameter.ty.clone()),
            _ => None,
        });
        let ty = taken.unwrap_or_else(|| {
            let text = quote!(::std::string::String);
            if optional { parse_quote!(::core::option::Option<#text>) } else { parse_quote!(#text) }
        });
        (name.to_owned(), ty, optional)
    };
    let Compute::Closure(closure) = compute else {
        return Some(uri.variables.iter().map(|variable| typed(&variable.name, variable.optional)).collect());
    };
    let mut found = Some(Vec::new());
    for input in &closure.inputs {
        let pattern = match input {
            Pat::Type(typed) => &typed.pat,
            other => other,
        };
        let Pat::Ident(ident) = pattern else {
            diagnostics
                .push(pattern, "a variable of the URI template is taken by its name")
                .help(format_args!("write `|{}| ..`", uri.variables[0].name));
            found = None;
            continue;
        };
        let name = ident.ident.unraw().to_string();
        match uri.variable(&name) {
            Some(variable) => found.iter_mut().for_each(|found| found.push(typed(&name, variable.optional))),
            None => {
                diagnostics
                    .push(&ident.ident, format_args!("`{name}` is no variable of \"{}\"", uri.literal.value()))
                    .help(uri.advice(&name));
                found = None;
            }
        }
    }
    found
}
