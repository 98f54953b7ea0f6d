//! `scopes_for`: additional scopes that are computed from the arguments of a request.

use quote::quote;
use syn::ext::IdentExt;
use syn::{Ident, Pat, Type, parse_quote};

use super::requirement::Requirement;
use super::signature::{Call, Extraction};
use super::uri::Uri;
use crate::attr::{Compute, GuardArg, GuardAttr, Kind};
use crate::diagnostics::Diagnostics;

/// The function, and its input.
#[derive(Debug)]
pub(crate) struct ScopesFor<'a> {
    pub(crate) compute: &'a Compute,
    pub(crate) input: ScopesForInput,
}

/// The input of the function.
#[derive(Debug)]
pub(crate) enum ScopesForInput {
    /// The arguments of a call, in a parameter of this type.
    Arguments(Box<Type>),
    /// Variables of the URI template in the order of the function's parameters: name, type, and whether it is optional.
    Variables(Vec<(String, Type, bool)>),
}

/// Returns the function that `attr` sets for `name`. Returns `None` without one, and after an error.
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
            .help("replace `public` with `authenticated`, to which `scopes_for` adds scopes");
    }
    let compute = compute?;
    let input = match attr.kind {
        Kind::Resource => {
            // A malformed URI is already reported.
            let uri = uri?.as_ref()?;
            if uri.variables.is_empty() {
                diagnostics
                    .push(key, format_args!("`{key}` needs variables, and the URI of `{name}` has none"))
                    .help("list every scope in `scopes = [..]`");
                return None;
            }
            ScopesForInput::Variables(variables(compute, call, uri, diagnostics)?)
        }
        Kind::Tool | Kind::Prompt | Kind::Method => match &call.arguments_parameter {
            Some(ty) => ScopesForInput::Arguments(ty.clone().into()),
            None => {
                diagnostics
                    .push(key, format_args!("`{key}` needs arguments, and `{name}` takes none"))
                    .help("take a `Parameters<T>`, or list every scope in `scopes = [..]`");
                return None;
            }
        },
    };
    Some(ScopesFor { compute, input })
}

/// Returns the variables that the function takes: those that a closure names, or all of them for a path.
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
                .push(pattern, "expected the name of a variable of the URI template")
                .help(format_args!("write `|{}| ..`", uri.variables[0].name));
            found = None;
            continue;
        };
        let name = ident.ident.unraw().to_string();
        match uri.variable(&name) {
            Some(variable) => found.iter_mut().for_each(|found| found.push(typed(&name, variable.optional))),
            None => {
                diagnostics
                    .push(&ident.ident, format_args!("`{name}` is not a variable of \"{}\"", uri.literal.value()))
                    .help(uri.suggestion(&name));
                found = None;
            }
        }
    }
    found
}
