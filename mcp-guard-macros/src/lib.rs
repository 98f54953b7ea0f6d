//! The procedural macros of `mcp-guard`, documented where they are re-exported.
//!
//! `attr` turns tokens into plain structs and knows nothing but syntax, `valid` holds every rule, `expand` writes the code and cannot fail.
//! Mistakes are collected in `diag::Diagnostics`: one of them never hides another.

mod attr;
mod diag;
mod expand;
mod handler;
mod item;
mod lone;
mod scopes;
mod server;
#[cfg(test)]
mod snapshot;
mod valid;

use proc_macro::TokenStream;

use self::attr::Kind;

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_tools(args: TokenStream, item: TokenStream) -> TokenStream {
    server::guarded_tools(args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_tool(args: TokenStream, item: TokenStream) -> TokenStream {
    lone::lone(Kind::Tool, args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_prompt(args: TokenStream, item: TokenStream) -> TokenStream {
    lone::lone(Kind::Prompt, args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_resource(args: TokenStream, item: TokenStream) -> TokenStream {
    lone::lone(Kind::Resource, args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    handler::guarded_handler(args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_derive(Scopes, attributes(scope, scopes))]
pub fn scopes(item: TokenStream) -> TokenStream {
    scopes::derive_scopes(item.into()).into()
}
