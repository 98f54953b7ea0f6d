//! How a tool is called: its receiver, its parameters, its answer.

use proc_macro2::Span;
use quote::ToTokens;
use syn::FnArg;
use syn::GenericParam;
use syn::Ident;
use syn::Pat;
use syn::PatType;
use syn::Receiver;
use syn::ReceiverKind;
use syn::Safety;
use syn::Signature;
use syn::Type;
use syn::TypeReference;
use syn::ext::IdentExt;

use super::answer::Answer;
use super::answer::Returned;
use super::requirement::Requirement;
use super::types;
use super::uri::Uri;
use crate::attr::Kind;
use crate::diag::Diagnostics;

/// How a tool is called.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) function: &'a Ident,
    pub(crate) owner: Owner,
    /// How the server reaches the function.
    pub(crate) server: Server,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) awaited: bool,
    pub(crate) answer: Answer,
    /// Where the type of the answer is written.
    pub(crate) returned: Span,
    /// The `T` of `Parameters<T>`.
    pub(crate) arguments: Option<Type>,
    /// The type of the parameter that holds the arguments: a function that computes scopes sees what is in it.
    pub(crate) looked_at: Option<Type>,
    /// The `T` of `Json<T>` or `Result<Json<T>, E>`.
    pub(crate) json: Option<Type>,
}

/// Where a function stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Owner {
    /// In the impl block of the server.
    Block,
    /// By itself.
    Nobody,
}

/// How the server reaches a function.
#[derive(Debug)]
pub(crate) enum Server {
    /// It does not: the function takes nothing but the request.
    Absent,
    /// As `&self`.
    Receiver,
    /// As the first parameter of a free function, of this type.
    Parameter(Box<Type>),
}

/// One parameter, and how it is taken out of the request.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) ty: Type,
    pub(crate) extraction: Extraction,
}

/// How a parameter is taken out of the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Extraction {
    /// A variable of the URI template. An optional one may be left out of the URI: the type is that of the `Option`.
    Variable { name: String, optional: bool },
    /// `Option<ValidatedToken>`.
    OptionalToken,
    /// An extractor of a type of the user's: what is wrong with that type is worth telling.
    Wrapper,
    /// Anything else.
    Plain,
}

/// Checks a signature. What is wrong is reported; the result is of use only if nothing is.
pub(super) fn check<'a>(
    signature: &'a Signature,
    owner: Owner,
    requirement: Option<&Requirement<'_>>,
    uri: Option<&Option<Uri<'_>>>,
    kind: Kind,
    diagnostics: &mut Diagnostics,
) -> Call<'a> {
    let name = &signature.ident;
    qualifiers(signature, owner, kind, diagnostics);
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
    let mut server = if signature.receiver().is_some() { Server::Receiver } else { Server::Absent };
    if owner == Owner::Nobody
        && let [first, rest @ ..] = typed
        && let Some(ty) = borrowed(&first.ty)
    {
        check_server(&first.ty, ty, name, diagnostics);
        server = Server::Parameter(ty.elem.clone());
        typed = rest;
    }
    check_parameters(typed, name, requirement, diagnostics);
    let elided = |ty: &Type| types::elided(ty, &signature.generics);
    let parameters = typed
        .iter()
        .map(|typed| {
            let extraction = match uri {
                // A malformed URI is reported already, and says nothing of what its variables were meant to be.
                Some(Some(uri)) => variable(typed, name, uri, diagnostics),
                _ => None,
            };
            Parameter { ty: elided(&typed.ty), extraction: extraction.unwrap_or_else(|| extraction_of(&typed.ty)) }
        })
        .collect();
    let returned = Returned::of(signature);
    Call {
        function: name,
        owner,
        server,
        arguments: typed.iter().find_map(|typed| arguments_of(&typed.ty)).map(elided),
        looked_at: typed.iter().find_map(|typed| looked_at(&typed.ty)).map(elided),
        parameters,
        awaited: returned.awaited,
        answer: returned.answer,
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
                    format_args!("`{name}` cannot take an `impl Trait`: which type would a request be read as?"),
                )
                .help("write the type of an extractor, like `Parameters<T>` or `ValidatedToken`");
        }
        if is(ty, "Parameters") || is(ty, "JsonObject") {
            if takes_arguments {
                diagnostics
                    .push(
                        ty,
                        format_args!("`{name}` takes the arguments of a call twice, but they are there only once"),
                    )
                    .help("take one `Parameters<T>` with all of them");
            }
            takes_arguments = true;
        }
        if matches!(requirement, Some(Requirement::Public)) && (is(ty, "ValidatedToken") || is(ty, "Claims")) {
            diagnostics
                .push(ty, format_args!("`{name}` is public, but takes a token that anonymous callers do not have"))
                .help("take `Option<ValidatedToken>`, or require `authenticated`");
        }
    }
}

/// `&T`, or `&mut T`.
fn borrowed(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Group(group) => borrowed(&group.elem),
        Type::Paren(paren) => borrowed(&paren.elem),
        _ => None,
    }
}

/// Whether the first parameter of a free function can be the server.
fn check_server(written: &Type, reference: &TypeReference, name: &Ident, diagnostics: &mut Diagnostics) {
    let server = types::printed(&reference.elem);
    if types::is_plain_data(&reference.elem) {
        diagnostics
            .push(written, format_args!("`{name}` cannot borrow anything but the server, and `{server}` is none"))
            .help("the arguments of a call are taken together, as `Parameters<T>`");
    } else if let Some(found) = types::impl_trait(&reference.elem) {
        diagnostics
            .push(found, format_args!("`{name}` cannot take an `impl Trait` as its server: a tool belongs to one type"))
            .help("write the type of the server");
    } else if let Some(token) = &reference.mutability {
        diagnostics
            .push(token, format_args!("`{name}` cannot take `&mut {server}`: {SHARED}"))
            .help(format_args!("take `&{server}`, and keep what changes in a `Mutex` or an atomic"));
    }
}

/// How a parameter is taken out of the URI, if it has the name of a variable. A name that was meant for one is reported.
fn variable(typed: &PatType, function: &Ident, uri: &Uri<'_>, diagnostics: &mut Diagnostics) -> Option<Extraction> {
    let Pat::Ident(pattern) = &*typed.pat else { return None };
    let name = pattern.ident.unraw().to_string();
    let Some(variable) = uri.variable(&name) else {
        if types::is_plain_data(&typed.ty) {
            diagnostics
                .push(&pattern.ident, format_args!("`{name}` is no variable of \"{}\"", uri.literal.value()))
                .help(uri.advice(&name));
        }
        return None;
    };
    if let Type::Reference(reference) = &*typed.ty {
        diagnostics
            .push(reference, format_args!("`{function}` cannot borrow `{name}`: it is read out of the URI"))
            .help("take a `String`, or a type that implements `FromStr`");
    }
    match (variable.optional, is(&typed.ty, "Option")) {
        (true, false) => {
            diagnostics
                .push(&typed.ty, format_args!("a URI may leave `{name}` out"))
                .help(format_args!("take `Option<{}>`", types::printed(&typed.ty)));
        }
        (false, true) => {
            let inner = types::arguments(&typed.ty, "Option").and_then(|arguments| arguments.first().copied());
            let wrong = diagnostics.push(&typed.ty, format_args!("no URI of this template leaves `{name}` out"));
            if let Some(inner) = inner {
                wrong.help(format_args!("take `{}`", types::printed(inner)));
            }
        }
        (true, true) | (false, false) => {}
    }
    Some(Extraction::Variable { name, optional: variable.optional })
}

fn qualifiers(signature: &Signature, owner: Owner, kind: Kind, diagnostics: &mut Diagnostics) {
    let name = &signature.ident;
    let noun = kind.noun();
    if let Some(token) = &signature.constness {
        diagnostics
            .push(token, format_args!("`{name}` cannot be `const`: a {noun} runs when a client asks for it"))
            .help("remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        diagnostics
            .push(token, format_args!("`{name}` cannot be `unsafe`: no client can promise to keep its contract"))
            .help("remove `unsafe`, and check what it relies on inside");
    }
    for param in &signature.generics.params {
        let ident = match param {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(param) => &param.ident,
            GenericParam::Const(param) => &param.ident,
        };
        let wrong = diagnostics.push(param, format_args!("`{name}` cannot be generic: no client can choose `{ident}`"));
        match owner {
            Owner::Block => wrong
                .help(format_args!("write the type instead of `{ident}`, or make it a parameter of the impl block")),
            Owner::Nobody => wrong.help(format_args!(
                "write the type instead of `{ident}`, or make a method of it in the impl block of a generic server"
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
            "take `&self`, and keep what changes in a `Mutex` or an atomic",
        ),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) if reference.mutability.is_none() && is(&reference.elem, "Self") => return,
            ty => (ty, format!("`{name}` cannot take `self` as this type: {SHARED}"), "take `&self`"),
        },
        _ => (&receiver.self_token, format!("`{name}` cannot take `self` by value: {SHARED}"), "take `&self`"),
    };
    diagnostics.push(at, message).help(help);
}

fn is(ty: &Type, name: &str) -> bool {
    types::last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// What a function that computes scopes sees.
fn looked_at(ty: &Type) -> Option<&Type> {
    (is(ty, "Parameters") || is(ty, "JsonObject")).then_some(ty)
}

/// What the schema of the input describes.
fn arguments_of(ty: &Type) -> Option<&Type> {
    // Without a type argument it is an alias, which has a schema of its own.
    types::arguments(ty, "Parameters").map(|arguments| arguments.first().copied().unwrap_or(ty))
}

fn extraction_of(ty: &Type) -> Extraction {
    let optional =
        types::arguments(ty, "Option").is_some_and(|of| of.first().is_some_and(|of| is(of, "ValidatedToken")));
    if optional {
        Extraction::OptionalToken
    } else if ["Parameters", "Claims", "Extension"].iter().any(|wrapper| is(ty, wrapper)) {
        Extraction::Wrapper
    } else {
        Extraction::Plain
    }
}
