//! The implications between scopes: they name existing variants, each one once, without cycles.

use syn::{Ident, LitStr};

use super::keys;
use crate::attr::{Implied, ScopeEnum, ScopeVariant, nearest};
use crate::diagnostics::Diagnostics;

/// Returns the valid implications of every variant, and reports the others. `texts` are the scopes of the variants, or
/// `None` where the scope is invalid.
pub(super) fn check<'a>(
    scopes: &'a ScopeEnum<'a>,
    texts: &[Option<&LitStr>],
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<&'a Ident>> {
    let mut edges = Vec::new();
    for (index, variant) in scopes.variants.iter().enumerate() {
        diagnostics.enter(index);
        edges.push(implied(scopes, index, variant, texts, diagnostics));
    }
    Cycles { scopes, edges: &edges, state: vec![State::New; edges.len()], path: Vec::new() }.check(diagnostics);
    edges.into_iter().map(|implied| implied.into_iter().map(|(_, name)| name).collect()).collect()
}

/// Returns the variants that the one at `index` implies: their indices, and the names as written.
fn implied<'a>(
    scopes: &'a ScopeEnum<'a>,
    index: usize,
    variant: &'a ScopeVariant<'a>,
    texts: &[Option<&LitStr>],
    diagnostics: &mut Diagnostics,
) -> Vec<(usize, &'a Ident)> {
    let ident = &variant.item.ident;
    let mut found: Vec<(usize, &Ident)> = Vec::new();
    for scope in &variant.scopes {
        keys::check_repeated(&scope.implies, diagnostics, |_| {
            Some("list every variant in one `implies(..)`".to_owned())
        });
        for implied in scope.implies.iter().flat_map(|implies| &implies.value) {
            let name = match implied {
                Implied::Variant(name) => name,
                Implied::Text(text) => {
                    report_text(scopes, text, texts, diagnostics);
                    continue;
                }
            };
            if name == ident {
                diagnostics
                    .push(name, format_args!("`{ident}` implies itself"))
                    .help("remove it: a scope always includes itself");
            } else if let Some((at, _)) = found.iter().find(|(_, before)| *before == name) {
                let again = &scopes.variants[*at].item.ident;
                diagnostics.push(name, format_args!("`{again}` is implied twice"));
            } else if let Some(at) = scopes.variants.iter().position(|variant| variant.item.ident == *name) {
                found.push((at, name));
            } else {
                report_unknown(scopes, index, name, diagnostics);
            }
        }
    }
    found
}

fn report_text(scopes: &ScopeEnum<'_>, text: &LitStr, texts: &[Option<&LitStr>], diagnostics: &mut Diagnostics) {
    let wrong = diagnostics.push(text, "expected the name of a variant, not the text of a scope");
    let has_text = |other: &Option<&LitStr>| other.is_some_and(|other| other.value() == text.value());
    if let Some(at) = texts.iter().position(has_text) {
        wrong.help(format_args!("write `{}`", scopes.variants[at].item.ident));
    }
}

fn report_unknown(scopes: &ScopeEnum<'_>, index: usize, name: &Ident, diagnostics: &mut Diagnostics) {
    let others = scopes.variants.iter().enumerate().filter(|(other, _)| *other != index);
    let others: Vec<String> = others.map(|(_, variant)| variant.item.ident.to_string()).collect();
    let wrong = diagnostics.push(name, format_args!("`{}` has no variant `{name}`", scopes.ident));
    if let Some(similar) = nearest(&name.to_string(), others.iter().map(String::as_str)) {
        wrong.help(format_args!("did you mean `{similar}`?"));
    } else if !others.is_empty() {
        wrong.note(format_args!("the other variants are `{}`", others.join("`, `")));
    }
}

/// A depth-first search for cycles.
struct Cycles<'a> {
    scopes: &'a ScopeEnum<'a>,
    edges: &'a [Vec<(usize, &'a Ident)>],
    state: Vec<State>,
    /// The path from the start of the search to the current variant.
    path: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnPath,
    Done,
}

impl Cycles<'_> {
    fn check(mut self, diagnostics: &mut Diagnostics) {
        for start in 0..self.edges.len() {
            self.visit(start, diagnostics);
        }
    }

    fn visit(&mut self, at: usize, diagnostics: &mut Diagnostics) {
        if self.state[at] != State::New {
            return;
        }
        self.state[at] = State::OnPath;
        self.path.push(at);
        let edges = self.edges;
        for (next, name) in &edges[at] {
            if self.state[*next] == State::OnPath {
                diagnostics.enter(at);
                let cycle = self.cycle(at, *next);
                diagnostics
                    .push(name, format_args!("`{}` implies itself: `{cycle}`", self.name(at)))
                    .help("remove one of these implications, or merge the scopes into one");
            } else {
                self.visit(*next, diagnostics);
            }
        }
        self.path.pop();
        self.state[at] = State::Done;
    }

    /// Formats the cycle from `at` over `next`, which is already on the path, back to `at`.
    fn cycle(&self, at: usize, next: usize) -> String {
        let rest = self.path.iter().skip_while(|on_path| **on_path != next);
        let names: Vec<String> = std::iter::once(&at).chain(rest).map(|index| self.name(*index).to_string()).collect();
        names.join(" -> ")
    }

    fn name(&self, index: usize) -> &Ident {
        &self.scopes.variants[index].item.ident
    }
}
