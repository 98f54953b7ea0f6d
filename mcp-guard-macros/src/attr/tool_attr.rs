//! The arguments of `#[guarded_tool(..)]`.

use proc_macro2::TokenStream;
use syn::Attribute;
use syn::Expr;
use syn::Ident;
use syn::LitStr;
use syn::Meta;
use syn::Path;

use super::Keyed;
use super::ScopeArg;
use super::args;
use super::args::Value;
use super::key;
use super::key::Key;
use super::value;
use crate::diag::Diagnostics;

/// `#[guarded_tool(..)]`, in the order in which it was written.
#[derive(Debug)]
pub(crate) struct ToolAttr {
    /// The name of the attribute, as it was written.
    pub(crate) path: Path,
    pub(crate) args: Vec<Keyed<ToolArg>>,
    /// Whether something that is reported already may have been meant as the requirement.
    pub(crate) requirement_lost: bool,
}

/// One argument. `None` is a value that was malformed and is reported already.
#[derive(Debug)]
pub(crate) enum ToolArg {
    Scope(Option<ScopeArg>),
    Scopes(Option<Vec<ScopeArg>>),
    AnyOf(Option<Vec<ScopeArg>>),
    Authenticated,
    Public,
    Name(Option<LitStr>),
    Title(Option<Expr>),
    Description(Option<Expr>),
    Annotations(Vec<Keyed<AnnotationArg>>),
    InputSchema(Option<Expr>),
    OutputSchema(Option<Expr>),
    Icons(Option<Expr>),
    Meta(Option<Expr>),
    /// `read_only`, `destructive`, `idempotent` or `open_world`.
    Hint(Option<bool>),
}

/// One argument of `annotations(..)`.
#[derive(Debug)]
pub(crate) enum AnnotationArg {
    Title(Option<LitStr>),
    Hint(Option<bool>),
}

/// The keys that state a requirement come first.
const KEYS: &[Key] = &[
    Key { name: "scope", example: r#"scope = "todo:write""# },
    Key { name: "scopes", example: r#"scopes = ["todo:read", "todo:write"]"# },
    Key { name: "authenticated", example: "authenticated" },
    Key { name: "any_of", example: r#"any_of = ["todo:read", "todo:admin"]"# },
    Key { name: "public", example: "public" },
    Key { name: "name", example: r#"name = "list_todos""# },
    Key { name: "title", example: r#"title = "List todos""# },
    Key { name: "description", example: r#"description = "List your todos.""# },
    Key { name: "annotations", example: "annotations(read_only_hint = true)" },
    Key { name: "input_schema", example: "input_schema = my_schema()" },
    Key { name: "output_schema", example: "output_schema = my_schema()" },
    Key { name: "icons", example: "icons = vec![my_icon()]" },
    Key { name: "meta", example: "meta = my_meta()" },
    Key { name: "read_only", example: "read_only" },
    Key { name: "destructive", example: "destructive" },
    Key { name: "idempotent", example: "idempotent" },
    Key { name: "open_world", example: "open_world" },
];

/// What an unknown argument is told to be: the requirements that most tools have.
const FIRST_CHOICES: usize = 3;
const REQUIREMENTS: usize = 5;

const ANNOTATIONS: &[Key] = &[
    Key { name: "title", example: r#"title = "List todos""# },
    Key { name: "read_only_hint", example: "read_only_hint = true" },
    Key { name: "destructive_hint", example: "destructive_hint = true" },
    Key { name: "idempotent_hint", example: "idempotent_hint = true" },
    Key { name: "open_world_hint", example: "open_world_hint = true" },
];

impl ToolAttr {
    pub(crate) fn parse(attr: &Attribute, diagnostics: &mut Diagnostics) -> Self {
        let path = attr.path().clone();
        let tokens = match &attr.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(meta) => {
                let wrong = diagnostics.push(&meta.value, "expected parentheses");
                wrong.help(format_args!("write `#[guarded_tool(scope = {})]`", value::source(&meta.value)));
                return Self { path, args: Vec::new(), requirement_lost: true };
            }
        };
        let parsed = args::parse(tokens, &KEYS[0], diagnostics);
        let mut read = Self { path, args: Vec::new(), requirement_lost: parsed.incomplete };
        for arg in parsed.list {
            read.add(arg, diagnostics);
        }
        read
    }

    fn add(&mut self, arg: Keyed<Value>, diagnostics: &mut Diagnostics) {
        let name = arg.key.to_string();
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            let meant = unknown(&arg.key, diagnostics);
            self.requirement_lost |= meant.is_none_or(|meant| KEYS[..REQUIREMENTS].iter().any(|key| key.name == meant));
            return;
        };
        let value = match key.name {
            "scope" => ToolArg::Scope(value::scope(&arg, key, diagnostics)),
            "scopes" => ToolArg::Scopes(value::scopes(&arg, key, diagnostics)),
            "any_of" => ToolArg::AnyOf(value::scopes(&arg, key, diagnostics)),
            "authenticated" => {
                value::word(&arg, key, diagnostics);
                ToolArg::Authenticated
            }
            "public" => {
                value::word(&arg, key, diagnostics);
                ToolArg::Public
            }
            "name" => ToolArg::Name(value::string(&arg, key, diagnostics)),
            "title" => ToolArg::Title(value::text(&arg, key, diagnostics)),
            "description" => ToolArg::Description(value::text(&arg, key, diagnostics)),
            "annotations" => ToolArg::Annotations(annotations(&arg, key, diagnostics)),
            "input_schema" => ToolArg::InputSchema(value::expr(&arg, key, diagnostics).cloned()),
            "output_schema" => ToolArg::OutputSchema(value::expr(&arg, key, diagnostics).cloned()),
            "icons" => ToolArg::Icons(value::expr(&arg, key, diagnostics).cloned()),
            "meta" => ToolArg::Meta(value::expr(&arg, key, diagnostics).cloned()),
            _ => ToolArg::Hint(value::flag(&arg, key, diagnostics)),
        };
        self.args.push(Keyed { key: arg.key, value });
    }
}

/// Reports an unknown key and returns the one that was probably meant.
fn unknown(key: &Ident, diagnostics: &mut Diagnostics) -> Option<&'static str> {
    let name = key.to_string();
    if name == "local" {
        let wrong =
            diagnostics.push(key, "`local` is not for guarded tools: a guarded server is shared between threads");
        wrong.help("remove `local`, and keep what is not `Send` on a thread of its own");
        return Some("local");
    }
    let expected = key::listed(&KEYS[..FIRST_CHOICES], "or");
    let wrong = diagnostics.push(key, format_args!("unknown argument `{name}`, expected {expected}"));
    let meant = key::nearest(&name, KEYS);
    match meant {
        Some(meant) => wrong.help(format_args!("did you mean `{}`?", meant.name)),
        None => wrong.note(format_args!("the other arguments are {}", key::listed(&KEYS[FIRST_CHOICES..], "and"))),
    };
    meant.map(|key| key.name)
}

fn annotations(arg: &Keyed<Value>, key: &Key, diagnostics: &mut Diagnostics) -> Vec<Keyed<AnnotationArg>> {
    let Value::List(list) = &arg.value else {
        diagnostics.push(&arg.key, format_args!("expected parentheses, like `{}`", key.example));
        return Vec::new();
    };
    let mut read = Vec::new();
    for arg in args::parse(list.stream(), &ANNOTATIONS[0], diagnostics).list {
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
