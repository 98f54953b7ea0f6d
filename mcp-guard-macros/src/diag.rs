//! Mistakes, collected.

use std::fmt::Display;
use std::fmt::Write;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Every mistake that was found so far, in the order of the source.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics(Vec<Diagnostic>);

/// One mistake: what is wrong, where, and what to write instead.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    at: TokenStream,
    message: String,
}

impl Diagnostics {
    /// Reports a mistake at these tokens: the fewest that must be edited.
    pub(crate) fn push(&mut self, at: &(impl ToTokens + ?Sized), message: impl Display) -> &mut Diagnostic {
        self.0.push_mut(Diagnostic { at: at.to_token_stream(), message: message.to_string() })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        for Diagnostic { at, message } in &self.0 {
            // `new_spanned` rather than `Span::join`, which underlines only the first token on stable.
            tokens.extend(syn::Error::new_spanned(at, message).into_compile_error());
        }
    }
}
