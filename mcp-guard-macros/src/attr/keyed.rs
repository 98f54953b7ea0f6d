//! An argument with its key.

use syn::Ident;

/// An argument and its key.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}
