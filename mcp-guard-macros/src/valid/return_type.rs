//! The return type of an operation, and whether the call must be awaited.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, ReturnType, Signature, Token, Type, TypeParamBound,
    parse_quote_spanned,
};

use super::types;

/// The type that a call returns, after `.await`, as far as generated code can name it.
#[derive(Debug)]
pub(crate) enum Output {
    /// An `impl Trait`, or a future without a named output.
    Unnamed,
    Plain(Box<Type>),
    /// The two types of a `Result`.
    Result(Box<(Type, Type)>),
}

/// The result of a call, as the signature declares it.
#[derive(Debug)]
pub(super) struct Returned {
    pub(super) awaited: bool,
    pub(super) output: Output,
    /// The `T` of `Json<T>` or `Result<Json<T>, E>`.
    pub(super) json: Option<Type>,
    /// The span of the return type.
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
            match future_output(&returned) {
                Some(output) => (true, output),
                None => (false, Some(returned)),
            }
        };
        let json = ty.as_ref().and_then(json).cloned();
        Self { awaited, output: Output::new(ty), json, span }
    }
}

impl Output {
    fn new(ty: Option<Type>) -> Self {
        // An `impl Trait` cannot be named in the body of a function.
        let Some(ty) = ty.filter(|ty| types::impl_trait(ty).is_none()) else { return Self::Unnamed };
        match types::arguments(&ty, "Result").as_deref() {
            Some([output, error]) => Self::Result(Box::new(((*output).clone(), (*error).clone()))),
            _ => Self::Plain(Box::new(ty)),
        }
    }
}

/// Returns the output of `ty` if it is written as a future. The inner `None` is an output without a name.
fn future_output(ty: &Type) -> Option<Option<Type>> {
    match ty {
        Type::Group(group) => future_output(&group.elem),
        Type::Paren(paren) => future_output(&paren.elem),
        Type::ImplTrait(future) => bound_output(&future.bounds),
        Type::TraitObject(future) => bound_output(&future.bounds),
        Type::Path(_) => {
            if let Some(pinned) = types::arguments(ty, "Pin") {
                return future_output(types::arguments(pinned.first()?, "Box")?.first()?);
            }
            let boxed = types::arguments(ty, "BoxFuture").or_else(|| types::arguments(ty, "LocalBoxFuture"))?;
            Some(boxed.first().copied().cloned())
        }
        _ => None,
    }
}

/// Returns the `T` of a `Future<Output = T>` among `bounds`.
fn bound_output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Option<Type>> {
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
