//! The arguments of `#[guarded_tool(..)]`, `#[guarded_prompt(..)]`, `#[guarded_resource(..)]` and `#[guarded(..)]`.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, Ident, LitStr, Meta, Path};

use super::args::Value;
use super::key::Key;
use super::kind::REQUIREMENTS;
use super::{Compute, Keyed, Kind, ScopeArg, args, key, value};
use crate::diagnostics::Diagnostics;

/// One guard attribute, with its arguments in source order.
#[derive(Debug)]
pub(crate) struct GuardAttr {
    pub(crate) kind: Kind,
    /// The path of the attribute, as written.
    pub(crate) path: Path,
    pub(crate) args: Vec<Keyed<GuardArg>>,
    /// Whether a mistake that is already reported may have been meant as the requirement.
    pub(crate) requirement_reported: bool,
    /// Whether a mistake that is already reported may have been meant as the URI of a resource.
    pub(crate) uri_reported: bool,
}

/// One argument. `None` stands for a malformed value, which is already reported.
#[derive(Debug)]
pub(crate) enum GuardArg {
    Scope(Option<ScopeArg>),
    Scopes(Option<Vec<ScopeArg>>),
    AnyOf(Option<Vec<ScopeArg>>),
    Authenticated,
    Public,
    ScopesFor(Option<Compute>),
    ReportOnly,
    Limit(Option<LitStr>),
    Concurrent(Option<Expr>),
    Uri(Option<LitStr>),
    MimeType(Option<Expr>),
    Name(Option<LitStr>),
    Title(Option<Expr>),
    Description(Option<Expr>),
    Annotations(Vec<Keyed<AnnotationArg>>),
    InputSchema(Option<Expr>),
    OutputSchema(Option<Expr>),
    Icons(Option<Expr>),
    Meta(Option<Expr>),
    /// The path of `mcp-guard`. Only valid on a free function.
    Crate(Option<Path>),
    /// `read_only`, `destructive`, `idempotent` or `open_world`.
    Hint(Option<bool>),
}

/// One argument of `annotations(..)`.
#[derive(Debug)]
pub(crate) enum AnnotationArg {
    Title(Option<LitStr>),
    Hint(Option<bool>),
}

/// How many keys the error for an unknown argument lists first: the most common requirements.
const FIRST_CHOICES: usize = 3;

const ANNOTATIONS: &[Key] = &[
    Key { name: "title", example: r#"title = "List todos""# },
    Key { name: "read_only_hint", example: "read_only_hint = true" },
    Key { name: "destructive_hint", example: "destructive_hint = true" },
    Key { name: "idempotent_hint", example: "idempotent_hint = true" },
    Key { name: "open_world_hint", example: "open_world_hint = true" },
];

impl GuardAttr {
    pub(crate) fn parse(attr: &Attribute, kind: Kind, diagnostics: &mut Diagnostics) -> Self {
        let path = attr.path().clone();
        let tokens = match &attr.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(meta) => {
                let wrong = diagnostics.push(&meta.value, "expected parentheses, not `=`");
                let requirement = format!("scope = {}", value::source(&meta.value));
                wrong.help(format_args!("write {}", kind.written(&requirement)));
                return Self { kind, path, args: Vec::new(), requirement_reported: true, uri_reported: true };
            }
        };
        Self::parse_args(kind, path, tokens, diagnostics)
    }

    /// Parses the tokens between the parentheses of the attribute.
    pub(crate) fn parse_args(kind: Kind, path: Path, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let parsed = args::parse(tokens, kind.keys(), diagnostics);
        let lost = parsed.incomplete;
        let mut read = Self { kind, path, args: Vec::new(), requirement_reported: lost, uri_reported: lost };
        for arg in parsed.list {
            read.add(arg, diagnostics);
        }
        read
    }

    fn add(&mut self, arg: Keyed<Value>, diagnostics: &mut Diagnostics) {
        let keys = self.kind.keys();
        let Some(key) = keys.iter().find(|key| arg.key == key.name) else {
            let intended = report_unknown(&arg.key, keys, diagnostics);
            self.requirement_reported |=
                intended.is_none_or(|intended| keys[..REQUIREMENTS].iter().any(|key| key.name == intended));
            self.uri_reported |= intended.is_none_or(|intended| intended == "uri");
            return;
        };
        let value = match key.name {
            "scope" => GuardArg::Scope(value::scope(&arg, key, diagnostics)),
            "scopes" => GuardArg::Scopes(value::scopes(&arg, key, diagnostics)),
            "any_of" => GuardArg::AnyOf(value::scopes(&arg, key, diagnostics)),
            "authenticated" => {
                value::word(&arg, key, diagnostics);
                GuardArg::Authenticated
            }
            "public" => {
                value::word(&arg, key, diagnostics);
                GuardArg::Public
            }
            "scopes_for" => GuardArg::ScopesFor(value::compute(&arg, key, diagnostics)),
            "report_only" => {
                value::word(&arg, key, diagnostics);
                GuardArg::ReportOnly
            }
            "limit" => GuardArg::Limit(value::string(&arg, key, diagnostics)),
            "concurrent" => GuardArg::Concurrent(value::expr(&arg, key, diagnostics).cloned()),
            "uri" => GuardArg::Uri(value::string(&arg, key, diagnostics)),
            "mime_type" => GuardArg::MimeType(value::text(&arg, key, diagnostics)),
            "name" => GuardArg::Name(value::string(&arg, key, diagnostics)),
            "title" => GuardArg::Title(value::text(&arg, key, diagnostics)),
            "description" => GuardArg::Description(value::text(&arg, key, diagnostics)),
            "annotations" => GuardArg::Annotations(annotations(&arg, key, diagnostics)),
            "input_schema" => GuardArg::InputSchema(value::expr(&arg, key, diagnostics).cloned()),
            "output_schema" => GuardArg::OutputSchema(value::expr(&arg, key, diagnostics).cloned()),
            "icons" => GuardArg::Icons(value::expr(&arg, key, diagnostics).cloned()),
            "meta" => GuardArg::Meta(value::expr(&arg, key, diagnostics).cloned()),
            "crate" => GuardArg::Crate(value::path(&arg, key, diagnostics)),
            _ => GuardArg::Hint(value::flag(&arg, key, diagnostics)),
        };
        self.args.push(Keyed { key: arg.key, value });
    }
}

/// Reports an unknown key and returns the one that was probably intended.
fn report_unknown(key: &Ident, keys: &'static [Key], diagnostics: &mut Diagnostics) -> Option<&'static str> {
    let name = key.to_string();
    if name == "local" {
        let wrong = diagnostics.push(key, "a guarded tool cannot be `local`: the server is shared between threads");
        wrong.help("remove `local`, and move values that are not `Send` to a dedicated thread");
        return Some("local");
    }
    let expected = key::listed(&keys[..FIRST_CHOICES], "or");
    let wrong = diagnostics.push(key, format_args!("unknown argument `{name}`, expected {expected}"));
    let similar = key::nearest(&name, keys);
    match similar {
        Some(similar) => wrong.help(format_args!("did you mean `{}`?", similar.name)),
        None => wrong.note(format_args!("the other arguments are {}", key::listed(&keys[FIRST_CHOICES..], "and"))),
    };
    similar.map(|key| key.name)
}

fn annotations(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Vec<Keyed<AnnotationArg>> {
    let Value::List(list) = &arg.value else {
        diagnostics.push(&arg.key, format_args!("expected parentheses, like `{}`", key.example));
        return Vec::new();
    };
    let mut read = Vec::new();
    for arg in args::parse(list.stream(), ANNOTATIONS, diagnostics).list {
        let Some(key) = key::find(&arg.key, ANNOTATIONS, "annotation", diagnostics) else { continue };
        let value = match key.name {
            "title" => AnnotationArg::Title(value::string(&arg, key, diagnostics)),
            _ => AnnotationArg::Hint(value::flag(&arg, key, diagnostics)),
        };
        read.push(Keyed { key: arg.key, value });
    }
    read
}
