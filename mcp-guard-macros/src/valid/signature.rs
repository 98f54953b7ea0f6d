//! How a tool is called: its receiver, its parameters, its answer.

use proc_macro2::Span;
use quote::ToTokens;
use syn::FnArg;
use syn::GenericParam;
use syn::Ident;
use syn::PatType;
use syn::Receiver;
use syn::ReceiverKind;
use syn::Safety;
use syn::Signature;
use syn::Type;

use super::answer::Answer;
use super::answer::Returned;
use super::requirement::Requirement;
use super::types;
use crate::diag::Diagnostics;

/// How a tool is called.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Ident,
    pub(crate) receiver: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) awaited: bool,
    pub(crate) answer: Answer,
    /// Where the type of the answer is written.
    pub(crate) returned: Span,
    /// The `T` of `Parameters<T>`.
    pub(crate) arguments: Option<Type>,
    /// The `T` of `Json<T>` or `Result<Json<T>, E>`.
    pub(crate) json: Option<Type>,
}

/// One parameter, and how it is taken out of the request.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) ty: Type,
    pub(crate) extraction: Extraction,
}

/// How a parameter is taken out of the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Extraction {
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
    requirement: Option<&Requirement<'_>>,
    diagnostics: &mut Diagnostics,
) -> Call<'a> {
    let name = &signature.ident;
    qualifiers(signature, diagnostics);
    if let Some(receiver) = signature.receiver() {
        check_receiver(receiver, name, diagnostics);
    }
    let typed: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let mut takes_arguments = false;
    for PatType { ty, .. } in &typed {
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
    let returned = Returned::of(signature);
    let elided = |ty: &Type| types::elided(ty, &signature.generics);
    Call {
        method: name,
        receiver: signature.receiver().is_some(),
        arguments: typed.iter().find_map(|typed| arguments_of(&typed.ty)).map(elided),
        parameters: typed
            .iter()
            .map(|typed| Parameter { ty: elided(&typed.ty), extraction: extraction(&typed.ty) })
            .collect(),
        awaited: returned.awaited,
        answer: returned.answer,
        returned: returned.span,
        json: returned.json,
    }
}

fn qualifiers(signature: &Signature, diagnostics: &mut Diagnostics) {
    let name = &signature.ident;
    if let Some(token) = &signature.constness {
        diagnostics
            .push(token, format_args!("`{name}` cannot be `const`: a tool runs when a client calls it"))
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
        diagnostics
            .push(param, format_args!("`{name}` cannot be generic: no client can choose `{ident}`"))
            .help(format_args!("write the type instead of `{ident}`, or make it a parameter of the impl block"));
    }
}

fn check_receiver(receiver: &Receiver, name: &Ident, diagnostics: &mut Diagnostics) {
    let mutable = "a server is shared between its callers";
    let (at, message, help): (&dyn ToTokens, _, _) = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return,
        ReceiverKind::Reference(_, _, Some(token)) => (
            token,
            format!("`{name}` cannot take `&mut self`: {mutable}"),
            "take `&self`, and keep what changes in a `Mutex` or an atomic",
        ),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) if reference.mutability.is_none() && is(&reference.elem, "Self") => return,
            ty => (ty, format!("`{name}` cannot take `self` as this type: {mutable}"), "take `&self`"),
        },
        _ => (&receiver.self_token, format!("`{name}` cannot take `self` by value: {mutable}"), "take `&self`"),
    };
    diagnostics.push(at, message).help(help);
}

fn is(ty: &Type, name: &str) -> bool {
    types::last_segment(ty).is_some_and(|segment| segment.ident == name)
}

/// What the schema of the input describes.
fn arguments_of(ty: &Type) -> Option<&Type> {
    // Without a type argument it is an alias, which has a schema of its own.
    types::arguments(ty, "Parameters").map(|arguments| arguments.first().copied().unwrap_or(ty))
}

fn extraction(ty: &Type) -> Extraction {
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
