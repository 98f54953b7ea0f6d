//! Types as a macro sees them: by their source.

use quote::ToTokens;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{GenericArgument, Generics, Lifetime, PathArguments, PathSegment, Type, TypeImplTrait};

/// Formats a path or a type without the spaces of a token stream.
pub(super) fn printed(tokens: &impl ToTokens) -> String {
    let printed = tokens.to_token_stream().to_string();
    // Keeps the space between two words: `&'static str`, `dyn Trait`.
    let mut out = String::with_capacity(printed.len());
    let mut chars = printed.chars().peekable();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = chars.next() {
        let parts = |next: char| out.ends_with(',') || out.ends_with(is_word) && is_word(next);
        if c != ' ' || chars.peek().copied().is_some_and(parts) {
            out.push(c);
        }
    }
    out
}

/// Returns the last segment of the type's path.
pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// Returns the type arguments of `ty` if the last segment of its path is `name`.
pub(super) fn arguments<'t>(ty: &'t Type, name: &str) -> Option<Vec<&'t Type>> {
    let segment = last_segment(ty)?;
    if segment.ident != name {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Some(Vec::new()) };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// Returns whether `ty` is a plain data type, which is never an extractor or a server.
pub(super) fn is_plain_data(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "String", "str", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        "isize", "f32", "f64", "Cow", "PathBuf", "Uuid",
    ];
    match ty {
        Type::Reference(reference) => is_plain_data(&reference.elem),
        _ => match arguments(ty, "Option").as_deref() {
            Some([inner]) => is_plain_data(inner),
            _ => last_segment(ty).is_some_and(|segment| PLAIN.iter().any(|plain| segment.ident == plain)),
        },
    }
}

/// Returns the first `impl Trait` in `ty`.
pub(super) fn impl_trait(ty: &Type) -> Option<&TypeImplTrait> {
    struct Find<'t>(Option<&'t TypeImplTrait>);

    impl<'t> Visit<'t> for Find<'t> {
        fn visit_type_impl_trait(&mut self, found: &'t TypeImplTrait) {
            self.0.get_or_insert(found);
        }
    }

    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// Replaces the lifetimes that `generics` declares with `'_`, for use outside the function.
pub(super) fn elided(ty: &Type, generics: &Generics) -> Type {
    struct Elide<'g>(&'g Generics);

    impl VisitMut for Elide<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if self.0.lifetimes().any(|declared| declared.lifetime == *lifetime) {
                *lifetime = Lifetime::new("'_", lifetime.span());
            }
        }
    }

    let mut ty = ty.clone();
    Elide(generics).visit_type_mut(&mut ty);
    ty
}
