//! The rules for `#[guarded_tools]`.

use syn::{Expr, GenericParam, Ident, Path, parse_quote};

use super::names::Names;
use super::scope_literals::{Literals, literals};
use super::{Operation, keys, operation, types};
use crate::attr::{Block, BlockArg, BlockAttr, Keyed};
use crate::diagnostics::Diagnostics;

/// A server whose operations all have a requirement.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    pub(crate) krate: Path,
    pub(crate) name: Option<&'a Expr>,
    pub(crate) title: Option<&'a Expr>,
    pub(crate) version: Option<&'a Expr>,
    pub(crate) instructions: Option<&'a Expr>,
    /// The vocabulary, and the scopes to look up in it.
    pub(crate) literals: Option<Literals<'a>>,
    pub(crate) operations: Vec<Operation<'a>>,
    /// Free functions to register as tools.
    pub(crate) functions: &'a [Path],
    /// A function that adds more operations.
    pub(crate) extend: Option<&'a Path>,
    /// The `own_handler` key: the author writes the `impl ServerHandler`.
    pub(crate) own_handler: Option<&'a Ident>,
}

/// Checks a block and all of its items. The result is only valid if `diagnostics` is empty.
pub(crate) fn server<'a>(attr: &'a BlockAttr, block: &'a Block, diagnostics: &mut Diagnostics) -> Option<Server<'a>> {
    diagnostics.leave();
    keys::check_repeated(&attr.0, diagnostics, |_| None);
    for attr in &block.repeated {
        diagnostics.push(attr.path(), "`#[guarded_tools]` is given twice").help("keep one of them");
    }
    if let Some((of_trait, _)) = &block.item.trait_ {
        diagnostics
            .push(of_trait, "`#[guarded_tools]` belongs on an inherent impl block, not on a trait implementation")
            .help(format_args!("move the tools to `impl {} {{ .. }}`", types::printed(&block.item.self_ty)));
    }
    for param in &block.item.generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            diagnostics
                .push(lifetime, "a server cannot borrow: it lives as long as the process")
                .help("use `'static`, or own the data");
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

/// Reports an empty list of free functions, and every function that is listed twice.
fn check_functions(attr: &BlockAttr, diagnostics: &mut Diagnostics) {
    for Keyed { key, value } in &attr.0 {
        let BlockArg::Tools(Some(functions)) = value else { continue };
        if functions.is_empty() {
            diagnostics
                .push(key, format_args!("`{key}` needs at least one function"))
                .help("remove it if every tool is a method");
        }
        for (at, function) in functions.iter().enumerate() {
            if functions[..at].contains(function) {
                diagnostics.push(function, format_args!("`{}` is listed twice", types::printed(function)));
            }
        }
    }
}

/// Returns the path of `mcp-guard`.
pub(crate) fn krate(attr: &BlockAttr) -> Path {
    let given = attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::Crate(path) => path.clone(),
        _ => None,
    });
    given.unwrap_or_else(|| parse_quote!(::mcp_guard))
}

/// Returns the key `own_handler`, if it is given.
pub(crate) fn own_handler(attr: &BlockAttr) -> Option<&Ident> {
    attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::OwnHandler(key) => Some(key),
        _ => None,
    })
}

fn operations<'a>(attr: &BlockAttr, block: &'a Block, diagnostics: &mut Diagnostics) -> Option<Vec<Operation<'a>>> {
    let more = |arg: &Keyed<BlockArg>| matches!(arg.value, BlockArg::Tools(_) | BlockArg::Extend(_));
    if block.attrs.is_empty() && !attr.0.iter().any(more) {
        let server = &block.item.self_ty;
        diagnostics
            .push(server, format_args!("`{}` has no tools yet", types::printed(server)))
            .help("add `#[guarded_tool(scope = \"..\")]` to a method in this impl block")
            .note(
                "a tool that a macro call generates is not visible here: generate the whole impl block with the macro",
            );
        return None;
    }
    let mut names = Names::default();
    let checked: Vec<_> = block
        .attrs
        .iter()
        .map(|(index, attrs)| {
            diagnostics.enter(*index);
            operation::check(&block.item.items[*index], attrs, &mut names, diagnostics)
        })
        .collect();
    diagnostics.leave();
    checked.into_iter().collect()
}
