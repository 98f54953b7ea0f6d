//! Mistakes, collected.

use std::fmt::Display;
use std::fmt::Write;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Every mistake that was found so far.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
    place: usize,
}

/// One mistake: what is wrong, where, and what to write instead.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    place: usize,
    at: TokenStream,
    message: String,
}

impl Diagnostics {
    /// Reports a mistake at these tokens: the fewest that must be edited.
    pub(crate) fn push(&mut self, at: &(impl ToTokens + ?Sized), message: impl Display) -> &mut Diagnostic {
        self.found.push_mut(Diagnostic { place: self.place, at: at.to_token_stream(), message: message.to_string() })
    }

    /// What is reported from now on is about the item with this index. Several stages look at every item; the reader wants all that is wrong
    /// with one of them in one place.
    pub(crate) const fn enter(&mut self, index: usize) {
        self.place = index + 1;
    }

    /// What is reported from now on is about the whole block again.
    pub(crate) const fn leave(&mut self) {
        self.place = 0;
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl Diagnostic {
    /// What to do about it, if possible something to paste.
    pub(crate) fn help(&mut self, text: impl Display) -> &mut Self {
        self.line("help", text)
    }

    /// Why it is a mistake.
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
        sorted.sort_by_key(|diagnostic| diagnostic.place);
        for Diagnostic { at, message, .. } in sorted {
            // `new_spanned` rather than `Span::join`, which underlines only the first token on stable.
            tokens.extend(syn::Error::new_spanned(at, message).into_compile_error());
        }
    }
}
