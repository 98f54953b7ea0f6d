//! Rules: what the attributes mean, and which combinations mean nothing.

mod answer;
mod by_hand;
mod description;
mod hints;
mod implications;
mod literals;
mod names;
mod operation;
mod requirement;
mod scope;
mod scopes_for;
mod signature;
mod types;
mod uri;
mod vocabulary;

pub(crate) use answer::Answer;
pub(crate) use by_hand::ByHand;
pub(crate) use by_hand::Method;
pub(crate) use by_hand::by_hand;
pub(crate) use by_hand::is_handler;
pub(crate) use by_hand::is_unknown;
pub(crate) use hints::Hints;
pub(crate) use literals::Literal;
pub(crate) use literals::Literals;
pub(crate) use literals::literals;
pub(crate) use operation::Operation;
pub(crate) use operation::guarded_twice;
pub(crate) use operation::misplaced;
pub(crate) use requirement::Requirement;
pub(crate) use scopes_for::Of;
pub(crate) use scopes_for::ScopesFor;
pub(crate) use signature::Extraction;
pub(crate) use signature::Owner;
pub(crate) use signature::Parameter;
pub(crate) use signature::Server as Reached;
pub(crate) use vocabulary::Vocabulary;
pub(crate) use vocabulary::vocabulary;
pub(crate) use vocabulary::vocabulary_krate;

use syn::Expr;
use syn::GenericParam;
use syn::Ident;
use syn::ItemFn;
use syn::Path;
use syn::parse_quote;

use self::names::Names;
use crate::attr::Block;
use crate::attr::BlockArg;
use crate::attr::BlockAttr;
use crate::attr::GuardAttr;
use crate::attr::Keyed;
use crate::diag::Diagnostics;

/// A server whose operations all have a requirement.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    pub(crate) krate: Path,
    pub(crate) name: Option<&'a Expr>,
    pub(crate) title: Option<&'a Expr>,
    pub(crate) version: Option<&'a Expr>,
    pub(crate) instructions: Option<&'a Expr>,
    /// The vocabulary, and what is to be looked up in it.
    pub(crate) literals: Option<Literals<'a>>,
    pub(crate) operations: Vec<Operation<'a>>,
    /// Free functions that are tools, too.
    pub(crate) functions: &'a [Path],
    /// A function that adds further operations.
    pub(crate) extend: Option<&'a Path>,
    /// There is an `impl ServerHandler` with `#[guarded_handler]`.
    pub(crate) own_handler: Option<&'a Ident>,
}

/// Checks a block and everything in it. `None`, or a mistake in `diagnostics`, means that there is no such server.
pub(crate) fn server<'a>(attr: &'a BlockAttr, block: &'a Block, diagnostics: &mut Diagnostics) -> Option<Server<'a>> {
    diagnostics.leave();
    repeated_keys(&attr.0, diagnostics, |_| None);
    for attr in &block.repeated {
        diagnostics.push(attr.path(), "`#[guarded_tools]` is given twice").help("keep one of them");
    }
    if let Some((of_trait, _)) = &block.item.trait_ {
        diagnostics
            .push(of_trait, "`#[guarded_tools]` belongs on an inherent impl block, not on that of a trait")
            .help(format_args!("move the tools to `impl {} {{ .. }}`", types::printed(&block.item.self_ty)));
    }
    for param in &block.item.generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            diagnostics
                .push(lifetime, "a server lives as long as its process and cannot borrow")
                .help("write `'static`, or own the data");
        }
    }
    check_functions(attr, diagnostics);
    let operations = operations(attr, block, diagnostics)?;
    let mut server = Server {
        krate: krate(attr),
        name: None,
        title: None,
        version: None,
        instructions: None,
        literals: literals(attr, block),
        operations,
        functions: &[],
        extend: None,
        own_handler: own_handler(attr),
    };
    for arg in &attr.0 {
        match &arg.value {
            BlockArg::Name(name) => server.name = name.as_ref(),
            BlockArg::Title(title) => server.title = title.as_ref(),
            BlockArg::Version(version) => server.version = version.as_ref(),
            BlockArg::Instructions(instructions) => server.instructions = instructions.as_ref(),
            BlockArg::Tools(functions) => server.functions = functions.as_deref().unwrap_or_default(),
            BlockArg::Extend(extend) => server.extend = extend.as_ref(),
            BlockArg::OwnHandler(_) | BlockArg::Scopes(_) | BlockArg::Crate(_) => {}
        }
    }
    Some(server)
}

/// Reports a list of free functions that is empty, and every function that is listed before.
fn check_functions(attr: &BlockAttr, diagnostics: &mut Diagnostics) {
    for Keyed { key, value } in &attr.0 {
        let BlockArg::Tools(Some(functions)) = value else { continue };
        if functions.is_empty() {
            diagnostics
                .push(key, format_args!("`{key}` needs at least one function"))
                .help("leave it out, if all tools are methods");
        }
        for (at, function) in functions.iter().enumerate() {
            if functions[..at].contains(function) {
                diagnostics.push(function, format_args!("`{}` is listed twice", types::printed(function)));
            }
        }
    }
}

/// Where `mcp-guard` is found.
pub(crate) fn krate(attr: &BlockAttr) -> Path {
    let given = attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::Crate(path) => path.clone(),
        _ => None,
    });
    given.unwrap_or_else(|| parse_quote!(::mcp_guard))
}

/// Where it is said that the server's author writes the `ServerHandler`.
pub(crate) fn own_handler(attr: &BlockAttr) -> Option<&Ident> {
    attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::OwnHandler(key) => Some(key),
        _ => None,
    })
}

fn operations<'a>(attr: &BlockAttr, block: &'a Block, diagnostics: &mut Diagnostics) -> Option<Vec<Operation<'a>>> {
    let more = |arg: &Keyed<BlockArg>| matches!(arg.value, BlockArg::Tools(_) | BlockArg::Extend(_));
    if block.marks.is_empty() && !attr.0.iter().any(more) {
        let server = &block.item.self_ty;
        diagnostics
            .push(server, format_args!("`{}` would serve no tools", types::printed(server)))
            .help("put `#[guarded_tool(scope = \"..\")]` on a method in this impl block")
            .note("a tool that a `macro_rules!` call would write cannot be seen: let the macro write the whole impl block");
        return None;
    }
    let mut names = Names::default();
    let checked: Vec<_> = block
        .marks
        .iter()
        .map(|(index, marks)| {
            diagnostics.enter(*index);
            operation::check(&block.item.items[*index], marks, &mut names, diagnostics)
        })
        .collect();
    diagnostics.leave();
    checked.into_iter().collect()
}

/// Checks a free function. `None`, or a mistake in `diagnostics`, means that it is no tool.
pub(crate) fn function<'a>(
    attr: &'a GuardAttr,
    function: &'a ItemFn,
    diagnostics: &mut Diagnostics,
) -> Option<Operation<'a>> {
    operation::function(attr, &function.attrs, &function.sig, Owner::Nobody, diagnostics)
}

/// Reports every key that was given before. `help` may know what was meant by that.
fn repeated_keys<T>(args: &[Keyed<T>], diagnostics: &mut Diagnostics, help: impl Fn(&str) -> Option<String>) {
    for (at, Keyed { key, .. }) in args.iter().enumerate() {
        if args[..at].iter().any(|before| before.key == *key) {
            let wrong = diagnostics.push(key, format_args!("`{key}` is given twice"));
            if let Some(help) = help(&key.to_string()) {
                wrong.help(help);
            }
        }
    }
}
