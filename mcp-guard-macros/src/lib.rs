//! The procedural macros of `mcp-guard`, documented where they are re-exported.
//!
//! Each macro runs three stages: `attr` parses the tokens into plain structs, `valid` checks every rule, and `expand`
//! generates the code and cannot fail. `Diagnostics` collects the errors of all stages, so that one error never hides
//! another.

mod attr;
mod derive_scopes;
mod diagnostics;
mod expand;
mod free_function;
mod guarded_handler;
mod guarded_tools;
mod item;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
mod tests;
mod valid;

use proc_macro::TokenStream;

use self::attr::Kind;

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_tools(args: TokenStream, item: TokenStream) -> TokenStream {
    guarded_tools::guarded_tools(args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_tool(args: TokenStream, item: TokenStream) -> TokenStream {
    free_function::guarded_operation(Kind::Tool, args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_prompt(args: TokenStream, item: TokenStream) -> TokenStream {
    free_function::guarded_operation(Kind::Prompt, args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_resource(args: TokenStream, item: TokenStream) -> TokenStream {
    free_function::guarded_operation(Kind::Resource, args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_attribute]
pub fn guarded_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    guarded_handler::guarded_handler(args.into(), &item.into()).into()
}

#[expect(missing_docs, reason = "documented on the re-export in mcp-guard, where the example runs")]
#[proc_macro_derive(Scopes, attributes(scope, scopes))]
pub fn scopes(item: TokenStream) -> TokenStream {
    derive_scopes::derive_scopes(item.into()).into()
}
