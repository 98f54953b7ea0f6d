//! The signature of an operation: its receiver, its parameters and its return type.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{FnArg, GenericParam, Ident, Pat, PatType, Receiver, ReceiverKind, Safety, Signature, Type, TypeReference};

use super::requirement::Requirement;
use super::return_type::{Output, Returned};
use super::types;
use super::uri::Uri;
use crate::attr::Kind;
use crate::diagnostics::Diagnostics;

/// How to call the function of an operation.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) function: &'a Ident,
    pub(crate) placement: Placement,
    /// How the function takes the server.
    pub(crate) server: ServerAccess,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) awaited: bool,
    pub(crate) output: Output,
    /// The span of the return type.
    pub(crate) returned: Span,
    /// The `T` of `Parameters<T>`.
    pub(crate) arguments: Option<Type>,
    /// The type of the parameter that contains the arguments of the call, for `scopes_for`.
    pub(crate) arguments_parameter: Option<Type>,
    /// The `T` of `Json<T>` or `Result<Json<T>, E>`.
    pub(crate) json: Option<Type>,
}

/// Where a function is declared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Placement {
    /// In the impl block of the server.
    Block,
    /// Outside an impl block.
    Free,
}

/// How a function takes the server.
#[derive(Debug)]
pub(crate) enum ServerAccess {
    /// Not at all: the function only takes parts of the request.
    Unused,
    /// As `&self`.
    Receiver,
    /// As the first parameter of a free function, of this type.
    Parameter(Box<Type>),
}

/// One parameter, and its source in the request.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) ty: Type,
    pub(crate) extraction: Extraction,
}

/// The source of a parameter in the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Extraction {
    /// A variable of the URI template. An optional one has the type `Option<T>`.
    Variable { name: String, optional: bool },
    /// `Option<ValidatedToken>`.
    OptionalToken,
    /// A known extractor with a type of the user, so that the compiler reports missing traits of that type.
    Wrapper,
    /// Anything else.
    Plain,
}

/// Checks a signature. The result is only meaningful without errors.
pub(super) fn check<'a>(
    signature: &'a Signature,
    placement: Placement,
    requirement: Option<&Requirement<'_>>,
    uri: Option<&Option<Uri<'_>>>,
    kind: Kind,
    diagnostics: &mut Diagnostics,
) -> Call<'a> {
    let name = &signature.ident;
    qualifiers(signature, placement, kind, diagnostics);
    if let Some(receiver) = signature.receiver() {
        check_receiver(receiver, name, diagnostics);
    }
    let mut typed: &[&PatType] = &signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        })
        .collect::<Vec<_>>();
    let mut server = if signature.receiver().is_some() { ServerAccess::Receiver } else { ServerAccess::Unused };
    if placement == Placement::Free
        && let [first, rest @ ..] = typed
        && let Some(ty) = borrowed(&first.ty)
    {
        check_server(&first.ty, ty, name, diagnostics);
        server = ServerAccess::Parameter(ty.elem.clone());
        typed = rest;
    }
    check_parameters(typed, name, requirement, diagnostics);
    let elided = |ty: &Type| types::elided(ty, &signature.generics);
    let parameters = typed
        .iter()
        .map(|typed| {
            let extraction = match uri {
                // The variables of a malformed URI are unknown.
                Some(Some(uri)) => variable(typed, name, uri, diagnostics),
                _ => None,
            };
            Parameter { ty: elided(&typed.ty), extraction: extraction.unwrap_or_else(|| extraction_of(&typed.ty)) }
        })
        .collect();
    let returned = Returned::of(signature);
    Call {
        function: name,
        placement,
        server,
        arguments: typed.iter().find_map(|typed| arguments_of(&typed.ty)).map(elided),
        arguments_parameter: typed.iter().find_map(|typed| arguments_parameter(&typed.ty)).map(elided),
        parameters,
        awaited: returned.awaited,
        output: returned.output,
        returned: returned.span,
        json: returned.json,
    }
}

fn check_parameters(
    typed: &[&PatType],
    name: &Ident,
    requirement: Option<&Requirement<'_>>,
    diagnostics: &mut Diagnostics,
) {
    let mut takes_arguments = false;
    for PatType { ty, .. } in typed {
        if let Some(found) = types::impl_trait(ty) {
            diagnostics
                .push(
                    found,
                    format_args!("`{name}` cannot take an `impl Trait`: the request must be parsed as one type"),
                )
                .help("write the type of an extractor, like `Parameters<T>` or `ValidatedToken`");
        }
        if has_name(ty, "Parameters") || has_name(ty, "JsonObject") {
            if takes_arguments {
                diagnostics
                    .push(ty, format_args!("`{name}` takes the arguments of a call twice"))
                    .help("combine them in one `Parameters<T>`");
            }
            takes_arguments = true;
        }
        if matches!(requirement, Some(Requirement::Public))
            && (has_name(ty, "ValidatedToken") || has_name(ty, "Claims"))
        {
            diagnostics
                .push(ty, format_args!("`{name}` is public, but takes a token that anonymous callers do not have"))
                .help("take `Option<ValidatedToken>`, or require `authenticated`");
        }
    }
}

/// Returns `ty` if it is a reference.
fn borrowed(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Group(group) => borrowed(&group.elem),
        Type::Paren(paren) => borrowed(&paren.elem),
        _ => None,
    }
}

/// Checks the first parameter of a free function, which can only borrow the server.
fn check_server(written: &Type, reference: &TypeReference, name: &Ident, diagnostics: &mut Diagnostics) {
    let server = types::printed(&reference.elem);
    if types::is_plain_data(&reference.elem) {
        diagnostics
            .push(written, format_args!("`{name}` can only borrow the server, and `{server}` is not a server"))
            .help("to take the arguments of a call, write `Parameters<T>`");
    } else if let Some(found) = types::impl_trait(&reference.elem) {
        diagnostics
            .push(found, format_args!("`{name}` cannot take an `impl Trait` as its server: a tool belongs to one type"))
            .help("write the type of the server");
    } else if let Some(token) = &reference.mutability {
        diagnostics
            .push(token, format_args!("`{name}` cannot take `&mut {server}`: {SHARED}"))
            .help(format_args!("take `&{server}`, and move mutable state to a `Mutex` or an atomic"));
    }
}

/// Returns the variable of the URI that has the name of the parameter. Reports a plain parameter that matches none.
fn variable(typed: &PatType, function: &Ident, uri: &Uri<'_>, diagnostics: &mut Diagnostics) -> Option<Extraction> {
    let Pat::Ident(pattern) = &*typed.pat else { return None };
    let name = pattern.ident.unraw().to_string();
    let Some(variable) = uri.variable(&name) else {
        if types::is_plain_data(&typed.ty) {
            diagnostics
                .push(&pattern.ident, format_args!("`{name}` is not a variable of \"{}\"", uri.literal.value()))
                .help(uri.suggestion(&name));
        }
        return None;
    };
    if let Type::Reference(reference) = &*typed.ty {
        diagnostics
            .push(reference, format_args!("`{function}` cannot borrow `{name}`: it is parsed from the URI"))
            .help("take a `String`, or a type that implements `FromStr`");
    }
    match (variable.optional, has_name(&typed.ty, "Option")) {
        (true, false) => {
            diagnostics
                .push(&typed.ty, format_args!("`{name}` is optional in the URI template"))
                .help(format_args!("take `Option<{}>`", types::printed(&typed.ty)));
        }
        (false, true) => {
            let inner = types::arguments(&typed.ty, "Option").and_then(|arguments| arguments.first().copied());
            let wrong = diagnostics.push(&typed.ty, format_args!("`{name}` is required by the URI template"));
            if let Some(inner) = inner {
                wrong.help(format_args!("take `{}`", types::printed(inner)));
            }
        }
        (true, true) | (false, false) => {}
    }
    Some(Extraction::Variable { name, optional: variable.optional })
}

fn qualifiers(signature: &Signature, placement: Placement, kind: Kind, diagnostics: &mut Diagnostics) {
    let name = &signature.ident;
    let noun = kind.noun();
    if let Some(token) = &signature.constness {
        diagnostics
            .push(token, format_args!("`{name}` cannot be `const`: a {noun} runs at the request of a client"))
            .help("remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        diagnostics
            .push(token, format_args!("`{name}` cannot be `unsafe`: a client cannot uphold its contract"))
            .help("remove `unsafe`, and check its preconditions in the body");
    }
    for param in &signature.generics.params {
        let ident = match param {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(param) => &param.ident,
            GenericParam::Const(param) => &param.ident,
        };
        let wrong =
            diagnostics.push(param, format_args!("`{name}` cannot be generic: a client cannot choose `{ident}`"));
        match placement {
            Placement::Block => {
                wrong.help(format_args!("replace `{ident}` with a type, or declare it on the impl block"))
            }
            Placement::Free => wrong.help(format_args!(
                "replace `{ident}` with a type, or move the function to the impl block of a generic server"
            )),
        };
    }
}

const SHARED: &str = "a server is shared between its callers";

fn check_receiver(receiver: &Receiver, name: &Ident, diagnostics: &mut Diagnostics) {
    let (at, message, help): (&dyn ToTokens, _, _) = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return,
        ReceiverKind::Reference(_, _, Some(token)) => (
            token,
            format!("`{name}` cannot take `&mut self`: {SHARED}"),
            "take `&self`, and move mutable state to a `Mutex` or an atomic",
        ),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) if reference.mutability.is_none() && has_name(&reference.elem, "Self") => return,
            ty => (ty, format!("`{name}` cannot take `self` as this type: {SHARED}"), "take `&self`"),
        },
        _ => (&receiver.self_token, format!("`{name}` cannot take `self` by value: {SHARED}"), "take `&self`"),
    };
    diagnostics.push(at, message).help(help);
}

fn has_name(ty: &Type, name: &str) -> bool {
    types::last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// Returns `ty` if it contains the arguments of the call.
fn arguments_parameter(ty: &Type) -> Option<&Type> {
    (has_name(ty, "Parameters") || has_name(ty, "JsonObject")).then_some(ty)
}

/// Returns the type that the input schema describes.
fn arguments_of(ty: &Type) -> Option<&Type> {
    // Without a type argument it is an alias with its own schema.
    types::arguments(ty, "Parameters").map(|arguments| arguments.first().copied().unwrap_or(ty))
}

fn extraction_of(ty: &Type) -> Extraction {
    let optional =
        types::arguments(ty, "Option").is_some_and(|of| of.first().is_some_and(|of| has_name(of, "ValidatedToken")));
    if optional {
        Extraction::OptionalToken
    } else if ["Parameters", "Claims", "Extension"].iter().any(|wrapper| has_name(ty, wrapper)) {
        Extraction::Wrapper
    } else {
        Extraction::Plain
    }
}
