//! The arguments of `#[guarded_tool(..)]` and its like.

use proc_macro2::TokenStream;
use syn::Attribute;
use syn::Expr;
use syn::Ident;
use syn::LitStr;
use syn::Meta;
use syn::Path;

use super::Compute;
use super::Keyed;
use super::Kind;
use super::ScopeArg;
use super::args;
use super::args::Value;
use super::key;
use super::key::Key;
use super::kind::REQUIREMENTS;
use super::value;
use crate::diag::Diagnostics;

/// `#[guarded_tool(..)]` or its like, in the order in which it was written.
#[derive(Debug)]
pub(crate) struct GuardAttr {
    pub(crate) kind: Kind,
    /// The name of the attribute, as it was written.
    pub(crate) path: Path,
    pub(crate) args: Vec<Keyed<GuardArg>>,
    /// Whether something that is reported already may have been meant as the requirement.
    pub(crate) requirement_lost: bool,
    /// The same for the URI of a resource.
    pub(crate) uri_lost: bool,
}

/// One argument. `None` is a value that was malformed and is reported already.
#[derive(Debug)]
pub(crate) enum GuardArg {
    Scope(Option<ScopeArg>),
    Scopes(Option<Vec<ScopeArg>>),
    AnyOf(Option<Vec<ScopeArg>>),
    Authenticated,
    Public,
    ScopesFor(Option<Compute>),
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
    /// Where `mcp-guard` is found: only on a free function.
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

/// How many requirements an unknown argument is told of: those that most operations have.
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
                let wrong = diagnostics.push(&meta.value, "expected parentheses");
                let requirement = format!("scope = {}", value::source(&meta.value));
                wrong.help(format_args!("write {}", kind.written(&requirement)));
                return Self { kind, path, args: Vec::new(), requirement_lost: true, uri_lost: true };
            }
        };
        Self::parse_args(kind, path, tokens, diagnostics)
    }

    /// The same where only what stands between the parentheses is known.
    pub(crate) fn parse_args(kind: Kind, path: Path, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let parsed = args::parse(tokens, kind.keys(), diagnostics);
        let lost = parsed.incomplete;
        let mut read = Self { kind, path, args: Vec::new(), requirement_lost: lost, uri_lost: lost };
        for arg in parsed.list {
            read.add(arg, diagnostics);
        }
        read
    }

    fn add(&mut self, arg: Keyed<Value>, diagnostics: &mut Diagnostics) {
        let name = arg.key.to_string();
        let keys = self.kind.keys();
        let Some(key) = keys.iter().find(|key| key.name == name) else {
            let meant = unknown(&arg.key, keys, diagnostics);
            self.requirement_lost |= meant.is_none_or(|meant| keys[..REQUIREMENTS].iter().any(|key| key.name == meant));
            self.uri_lost |= meant.is_none_or(|meant| meant == "uri");
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

/// Reports an unknown key and returns the one that was probably meant.
fn unknown(key: &Ident, keys: &'static [Key], diagnostics: &mut Diagnostics) -> Option<&'static str> {
    let name = key.to_string();
    if name == "local" {
        let wrong =
            diagnostics.push(key, "`local` is not for guarded tools: a guarded server is shared between threads");
        wrong.help("remove `local`, and keep what is not `Send` on a thread of its own");
        return Some("local");
    }
    let expected = key::listed(&keys[..FIRST_CHOICES], "or");
    let wrong = diagnostics.push(key, format_args!("unknown argument `{name}`, expected {expected}"));
    let meant = key::nearest(&name, keys);
    match meant {
        Some(meant) => wrong.help(format_args!("did you mean `{}`?", meant.name)),
        None => wrong.note(format_args!("the other arguments are {}", key::listed(&keys[FIRST_CHOICES..], "and"))),
    };
    meant.map(|key| key.name)
}

fn annotations(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Vec<Keyed<AnnotationArg>> {
    let Value::List(list) = &arg.value else {
        diagnostics.push(&arg.key, format_args!("expected parentheses, like `{}`", key.example));
        return Vec::new();
    };
    let mut read = Vec::new();
    for arg in args::parse(list.stream(), ANNOTATIONS, diagnostics).list {
        let name = arg.key.to_string();
        let Some(key) = ANNOTATIONS.iter().find(|key| key.name == name) else {
            let expected = key::listed(ANNOTATIONS, "or");
            let wrong = diagnostics.push(&arg.key, format_args!("unknown annotation `{name}`, expected {expected}"));
            if let Some(meant) = key::nearest(&name, ANNOTATIONS) {
                wrong.help(format_args!("did you mean `{}`?", meant.name));
            }
            continue;
        };
        let value = match key.name {
            "title" => AnnotationArg::Title(value::string(&arg, key, diagnostics)),
            _ => AnnotationArg::Hint(value::flag(&arg, key, diagnostics)),
        };
        read.push(Keyed { key: arg.key, value });
    }
    read
}
