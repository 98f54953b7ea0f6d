//! No two tools or prompts of a server share a name, and no two resources a URI.

use syn::Ident;
use syn::LitStr;

use crate::attr::Kind;
use crate::diag::Diagnostics;

/// The names that are taken, and by which method.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(Vec<(Kind, String, &'a Ident)>);

impl<'a> Names<'a> {
    /// Takes `name`, or a URI, for `method`. One that is taken already is reported.
    pub(super) fn take(&mut self, kind: Kind, name: &LitStr, method: &'a Ident, diagnostics: &mut Diagnostics) {
        let text = name.value();
        let Some((.., first)) = self.0.iter().find(|(of, taken, _)| *of == kind && *taken == text) else {
            self.0.push((kind, text, method));
            return;
        };
        let (noun, attribute) = (kind.noun(), kind.attribute());
        let (what, key, own) = match kind {
            Kind::Resource => ("have the URI", "uri", "a URI"),
            Kind::Tool | Kind::Prompt | Kind::Method => ("are named", "name", "a name"),
        };
        diagnostics
            .push(name, format_args!("two {noun}s {what} \"{text}\""))
            .note(format_args!("the first one is the method `{first}`"))
            .help(format_args!("give this one {own} of its own, `#[{attribute}({key} = \"..\")]`"));
    }
}
