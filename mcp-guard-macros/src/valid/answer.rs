//! What a tool answers, and whether one has to wait for it.

use proc_macro2::Span;
use syn::AngleBracketedGenericArguments;
use syn::GenericArgument;
use syn::PathArguments;
use syn::ReturnType;
use syn::Signature;
use syn::Token;
use syn::Type;
use syn::TypeParamBound;
use syn::parse_quote_spanned;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;

use super::types;

/// The type of an answer, as far as it can be written down.
#[derive(Debug)]
pub(crate) enum Answer {
    /// An `impl Trait`, or the output of a future that does not say.
    Unnamed,
    One(Box<Type>),
    /// The two types of a `Result`.
    Result(Box<(Type, Type)>),
}

/// What a signature says of the answer.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) awaited: bool,
    pub(super) answer: Answer,
    /// The `T` of `Json<T>` or `Result<Json<T>, E>`.
    pub(super) json: Option<Type>,
    /// Where it is written.
    pub(super) span: Span,
}

impl Returned {
    pub(super) fn of(signature: &Signature) -> Self {
        let (span, returned) = match &signature.output {
            ReturnType::Type(_, ty) => (ty.span(), (**ty).clone()),
            ReturnType::Default => {
                let span = signature.ident.span();
                (span, parse_quote_spanned!(span=> ()))
            }
        };
        let returned = types::elided(&returned, &signature.generics);
        let (awaited, ty) = if signature.asyncness.is_some() {
            (true, Some(returned))
        } else {
            match promised(&returned) {
                Some(output) => (true, output),
                None => (false, Some(returned)),
            }
        };
        let json = ty.as_ref().and_then(json).cloned();
        Self { awaited, answer: Answer::new(ty), json, span }
    }
}

impl Answer {
    fn new(ty: Option<Type>) -> Self {
        // An `impl Trait` cannot be written in a function's body.
        let Some(ty) = ty.filter(|ty| types::impl_trait(ty).is_none()) else { return Self::Unnamed };
        match types::arguments(&ty, "Result").as_deref() {
            Some([answer, error]) => Self::Result(Box::new(((*answer).clone(), (*error).clone()))),
            _ => Self::One(Box::new(ty)),
        }
    }
}

/// The output of a future, if `ty` is written as one.
fn promised(ty: &Type) -> Option<Option<Type>> {
    match ty {
        Type::Group(group) => promised(&group.elem),
        Type::Paren(paren) => promised(&paren.elem),
        Type::ImplTrait(future) => output(&future.bounds),
        Type::TraitObject(future) => output(&future.bounds),
        Type::Path(_) => {
            if let Some(pinned) = types::arguments(ty, "Pin") {
                return promised(types::arguments(pinned.first()?, "Box")?.first()?);
            }
            let boxed = types::arguments(ty, "BoxFuture").or_else(|| types::arguments(ty, "LocalBoxFuture"))?;
            Some(boxed.first().copied().cloned())
        }
        _ => None,
    }
}

/// The `T` of `Future<Output = T>` among these bounds.
fn output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Option<Type>> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let future = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) = &future.arguments else {
            return Some(None);
        };
        Some(args.iter().find_map(|arg| match arg {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(assoc.ty.clone()),
            _ => None,
        }))
    })
}

fn json(ty: &Type) -> Option<&Type> {
    let inner = |ty| types::arguments(ty, "Json").and_then(|arguments| arguments.first().copied());
    inner(ty).or_else(|| types::arguments(ty, "Result").and_then(|arguments| inner(arguments.first()?)))
}
