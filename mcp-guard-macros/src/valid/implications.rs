//! Which variants imply which: names that exist, each once, and no way back.

use syn::Ident;
use syn::LitStr;

use super::repeated_keys;
use crate::attr::Implied;
use crate::attr::ScopeEnum;
use crate::attr::ScopeVariant;
use crate::attr::nearest;
use crate::diag::Diagnostics;

/// What every variant implies, those that make no sense left out: they are reported. `texts` are those of the variants, as far as they are known.
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

/// The variants that the one at `index` implies, by their index, and how they were named.
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
        repeated_keys(&scope.implies, diagnostics, |_| Some("name every variant in one `implies(..)`".to_owned()));
        for implied in scope.implies.iter().flat_map(|implies| &implies.value) {
            let name = match implied {
                Implied::Variant(name) => name,
                Implied::Text(text) => {
                    not_by_text(scopes, text, texts, diagnostics);
                    continue;
                }
            };
            if name == ident {
                diagnostics
                    .push(name, format_args!("`{ident}` implies itself"))
                    .help("remove it: whoever holds a scope holds it anyway");
            } else if let Some((at, _)) = found.iter().find(|(_, before)| *before == name) {
                let again = &scopes.variants[*at].item.ident;
                diagnostics.push(name, format_args!("`{again}` is implied twice"));
            } else if let Some(at) = scopes.variants.iter().position(|variant| variant.item.ident == *name) {
                found.push((at, name));
            } else {
                unknown(scopes, index, name, diagnostics);
            }
        }
    }
    found
}

fn not_by_text(scopes: &ScopeEnum<'_>, text: &LitStr, texts: &[Option<&LitStr>], diagnostics: &mut Diagnostics) {
    let wrong = diagnostics.push(text, "expected the name of a variant, not the text of a scope");
    let meant = |other: &Option<&LitStr>| other.is_some_and(|other| other.value() == text.value());
    if let Some(at) = texts.iter().position(meant) {
        wrong.help(format_args!("write `{}`", scopes.variants[at].item.ident));
    }
}

fn unknown(scopes: &ScopeEnum<'_>, index: usize, name: &Ident, diagnostics: &mut Diagnostics) {
    let others = scopes.variants.iter().enumerate().filter(|(other, _)| *other != index);
    let others: Vec<String> = others.map(|(_, variant)| variant.item.ident.to_string()).collect();
    let wrong = diagnostics.push(name, format_args!("`{name}` is no variant of `{}`", scopes.ident));
    if let Some(meant) = nearest(&name.to_string(), others.iter().map(String::as_str)) {
        wrong.help(format_args!("did you mean `{meant}`?"));
    } else if !others.is_empty() {
        wrong.note(format_args!("the others are `{}`", others.join("`, `")));
    }
}

/// A walk along the implications, depth first.
struct Cycles<'a> {
    scopes: &'a ScopeEnum<'a>,
    edges: &'a [Vec<(usize, &'a Ident)>],
    state: Vec<State>,
    /// From where the walk began to where it is.
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
            self.walk(start, diagnostics);
        }
    }

    fn walk(&mut self, at: usize, diagnostics: &mut Diagnostics) {
        if self.state[at] != State::New {
            return;
        }
        self.state[at] = State::OnPath;
        self.path.push(at);
        let edges = self.edges;
        for (next, name) in &edges[at] {
            if self.state[*next] == State::OnPath {
                diagnostics.enter(at);
                let cycle = self.way_from(at, *next);
                diagnostics
                    .push(name, format_args!("`{}` implies itself: `{cycle}`", self.name(at)))
                    .help("remove one of these implications, or make one scope of them all");
            } else {
                self.walk(*next, diagnostics);
            }
        }
        self.path.pop();
        self.state[at] = State::Done;
    }

    /// From `at`, over `next`, which is on the path already, and back.
    fn way_from(&self, at: usize, next: usize) -> String {
        let way = self.path.iter().skip_while(|on_path| **on_path != next);
        let names: Vec<String> = std::iter::once(&at).chain(way).map(|index| self.name(*index).to_string()).collect();
        names.join(" -> ")
    }

    fn name(&self, index: usize) -> &Ident {
        &self.scopes.variants[index].item.ident
    }
}
