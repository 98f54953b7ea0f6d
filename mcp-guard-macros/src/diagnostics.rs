//! The errors of one expansion.

use std::fmt::{Display, Write};

use proc_macro2::TokenStream;
use quote::ToTokens;

/// All errors of an expansion, in the order of the items.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
    item: usize,
}

/// One error: its message, and the tokens it points at.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    item: usize,
    at: TokenStream,
    message: String,
}

impl Diagnostics {
    /// Adds an error at `at`, the smallest part of the source that the user must edit.
    pub(crate) fn push(&mut self, at: &(impl ToTokens + ?Sized), message: impl Display) -> &mut Diagnostic {
        self.found.push_mut(Diagnostic { item: self.item, at: at.to_token_stream(), message: message.to_string() })
    }

    /// Groups the errors that follow with those of the item at `index`. Several stages check every item, and the
    /// compiler prints the errors of one item together.
    pub(crate) const fn enter(&mut self, index: usize) {
        self.item = index + 1;
    }

    /// Groups the errors that follow with those of the whole block.
    pub(crate) const fn leave(&mut self) {
        self.item = 0;
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl Diagnostic {
    /// Adds a suggestion, if possible with code to paste.
    pub(crate) fn help(&mut self, text: impl Display) -> &mut Self {
        self.line("help", text)
    }

    /// Adds the reason for the error.
    pub(crate) fn note(&mut self, text: impl Display) -> &mut Self {
        self.line("note", text)
    }

    fn line(&mut self, kind: &str, text: impl Display) -> &mut Self {
        // Writing to a `String` cannot fail.
        let _ = write!(self.message, "\n{kind}: {text}");
        self
    }
}

impl ToTokens for Diagnostics {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let mut sorted: Vec<&Diagnostic> = self.found.iter().collect();
        sorted.sort_by_key(|diagnostic| diagnostic.item);
        for Diagnostic { at, message, .. } in sorted {
            // `Span::join` would underline only the first token on stable.
            tokens.extend(syn::Error::new_spanned(at, message).into_compile_error());
        }
    }
}
