//! Rules: what the attributes mean, and which combinations mean nothing.

mod answer;
mod hints;
mod requirement;
mod scope;
mod signature;
mod tool;
mod types;

pub(crate) use hints::Hints;
pub(crate) use requirement::Requirement;
pub(crate) use signature::Call;
pub(crate) use signature::Extraction;
pub(crate) use signature::Parameter;
pub(crate) use tool::Definition;
pub(crate) use tool::Tool;

use quote::ToTokens;
use quote::quote;
use syn::Expr;
use syn::GenericParam;
use syn::Path;
use syn::parse_quote;

use crate::attr::BlockArg;
use crate::attr::BlockAttr;
use crate::attr::Keyed;
use crate::diag::Diagnostics;
use crate::item::Block;

/// A server whose tools all have a requirement.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    pub(crate) krate: Path,
    pub(crate) name: Option<&'a Expr>,
    pub(crate) title: Option<&'a Expr>,
    pub(crate) version: Option<&'a Expr>,
    pub(crate) instructions: Option<&'a Expr>,
    pub(crate) tools: Vec<Tool<'a>>,
}

/// Checks a block and everything in it. `None`, or a mistake in `diagnostics`, means that there is no such server.
pub(crate) fn server<'a>(attr: &'a BlockAttr, block: &'a Block, diagnostics: &mut Diagnostics) -> Option<Server<'a>> {
    repeated_keys(&attr.0, diagnostics, |_| None);
    for attr in &block.repeated {
        diagnostics.push(attr.path(), "`#[guarded_tools]` is given twice").help("keep one of them");
    }
    if let Some((of_trait, _)) = &block.item.trait_ {
        let of_trait = of_trait.to_token_stream();
        diagnostics
            .push(&of_trait, "`#[guarded_tools]` belongs on an inherent impl block, not on that of a trait")
            .help(format_args!("move the tools to `impl {} {{ .. }}`", block.item.self_ty.to_token_stream()));
    }
    for param in &block.item.generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            diagnostics
                .push(lifetime, "a server lives as long as its process and cannot borrow")
                .help("write `'static`, or own the data");
        }
    }
    let tools = tools(block, diagnostics)?;
    let mut server =
        Server { krate: krate(attr), name: None, title: None, version: None, instructions: None, tools };
    for arg in &attr.0 {
        match &arg.value {
            BlockArg::Name(name) => server.name = name.as_ref(),
            BlockArg::Title(title) => server.title = title.as_ref(),
            BlockArg::Version(version) => server.version = version.as_ref(),
            BlockArg::Instructions(instructions) => server.instructions = instructions.as_ref(),
            BlockArg::Crate(_) => {}
        }
    }
    Some(server)
}

/// Where `mcp-guard` is found.
pub(crate) fn krate(attr: &BlockAttr) -> Path {
    let given = attr.0.iter().find_map(|arg| match &arg.value {
        BlockArg::Crate(path) => path.clone(),
        _ => None,
    });
    given.unwrap_or_else(|| parse_quote!(::mcp_guard))
}

fn tools<'a>(block: &'a Block, diagnostics: &mut Diagnostics) -> Option<Vec<Tool<'a>>> {
    if block.marks.is_empty() {
        let server = &block.item.self_ty;
        diagnostics
            .push(server, format_args!("`{}` would serve no tools", quote!(#server)))
            .help("put `#[guarded_tool(scope = \"..\")]` on a method in this impl block")
            .note("a tool that a `macro_rules!` call would write cannot be seen: let the macro write the whole impl block");
        return None;
    }
    let checked: Vec<_> = block
        .marks
        .iter()
        .map(|(index, marks)| tool::check(&block.item.items[*index], marks, diagnostics))
        .collect();
    for (at, tool) in checked.iter().enumerate() {
        let Some(tool) = tool else { continue };
        let same = |other: &&Tool<'_>| other.name.value() == tool.name.value();
        // Which of two methods under `cfg` exists is not known here; the server looks again when it is built.
        if tool.cfgs.is_empty()
            && let Some(first) = checked[..at].iter().flatten().filter(|first| first.cfgs.is_empty()).find(same)
        {
            diagnostics
                .push(&tool.name, format_args!("two tools are named \"{}\"", tool.name.value()))
                .note(format_args!("the first one is `{}`", first.method))
                .help(format_args!("give this one a name of its own, `name = \"{}_2\"`", tool.name.value()));
        }
    }
    checked.into_iter().collect()
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
