//! Uniqueness: tools and prompts of a server have distinct names, resources have distinct URIs.

use syn::{Ident, LitStr};

use crate::attr::Kind;
use crate::diagnostics::Diagnostics;

/// The names in use, and the method of each.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(Vec<(Kind, String, &'a Ident)>);

impl<'a> Names<'a> {
    /// Registers the name or the URI of `method`, and reports one that is already in use.
    pub(super) fn take(&mut self, kind: Kind, name: &LitStr, method: &'a Ident, diagnostics: &mut Diagnostics) {
        let text = name.value();
        let Some((.., first)) = self.0.iter().find(|(of, taken, _)| *of == kind && *taken == text) else {
            self.0.push((kind, text, method));
            return;
        };
        let noun = kind.noun();
        let (have, help) = match kind {
            Kind::Resource => ("have the URI", "change the URI of this one, `#[guarded_resource(uri = \"..\")]`"),
            Kind::Prompt => ("are named", "rename this one, `#[guarded_prompt(name = \"..\")]`"),
            Kind::Tool | Kind::Method => ("are named", "rename this one, `#[guarded_tool(name = \"..\")]`"),
        };
        diagnostics
            .push(name, format_args!("two {noun}s {have} \"{text}\""))
            .note(format_args!("the first one is the method `{first}`"))
            .help(help);
    }
}
