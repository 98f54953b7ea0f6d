//! No two tools of a server share a name.

use syn::Ident;
use syn::LitStr;

use crate::diag::Diagnostics;

/// The names that are taken, and by which method.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(Vec<(String, &'a Ident)>);

impl<'a> Names<'a> {
    /// Takes `name` for `method`. A name that is taken already is reported.
    pub(super) fn take(&mut self, name: &LitStr, method: &'a Ident, diagnostics: &mut Diagnostics) {
        let text = name.value();
        if let Some((_, first)) = self.0.iter().find(|(taken, _)| *taken == text) {
            diagnostics
                .push(name, format_args!("two tools are named \"{text}\""))
                .note(format_args!("the first one is the method `{first}`"))
                .help("give this one a name of its own, `#[guarded_tool(name = \"..\")]`");
        } else {
            self.0.push((text, method));
        }
    }
}
