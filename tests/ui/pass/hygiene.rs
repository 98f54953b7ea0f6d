//! The generated code relies on no name that a user could take.

#![no_implicit_prelude]
#![allow(non_camel_case_types, dead_code, unused_macros)]

mod core {}
mod std {}
mod rmcp {}
mod mcp_guard {}

struct Result;
struct Option;
struct String;
struct Box;
struct Ok;
struct Some;
struct str;
struct bool;
struct Tool;
struct GuardedTools;
struct GuardedServer;
struct Scope;
struct ScopeSet;
struct Scopes;

macro_rules! env {
    () => {};
}

macro_rules! unreachable {
    () => {};
}

trait Guess {
    fn get_info(&self) {}
    fn into(&self) {}
    fn add(&self) {}
}

impl<T> Guess for T {}

/// Names that the trait has, too.
#[derive(::mcp_guard::Scopes)]
enum TodoScope {
    /// Read.
    #[scope("todo:read")]
    ALL,
    #[scope("todo:write", implies(ALL, scope))]
    TEXTS,
    #[scope("todo:share")]
    scope,
}

struct Todos;

#[::mcp_guard::guarded_tools(scopes = TodoScope)]
impl Todos {
    /// Lists.
    #[::mcp_guard::guarded_tool(scope = "todo:read", title = "Lists", read_only, annotations(title = "Lists"))]
    async fn list(
        &self,
        context: ::mcp_guard::ValidatedToken,
        token: ::std::option::Option<::mcp_guard::ValidatedToken>,
    ) -> ::std::result::Result<::std::string::String, ::std::string::String> {
        drop_both(context, token);
        ::std::result::Result::Ok(::std::string::String::new())
    }

    #[::mcp_guard::guarded_tool(authenticated)]
    fn call_tool(&self) {}

    #[::mcp_guard::guarded_tool(authenticated)]
    fn guarded_tools() {}
}

fn drop_both<A, B>(_: A, _: B) {}

fn main() {
    let tools = <Todos as ::mcp_guard::GuardedServer>::guarded_tools();
    ::std::assert_eq!(tools.list().len(), 3);
    ::std::assert_eq!(<TodoScope as ::mcp_guard::Scopes>::ALL.len(), 3);
    let all: ::mcp_guard::ScopeSet = ::std::convert::Into::into([TodoScope::ALL, TodoScope::TEXTS, TodoScope::scope]);
    ::std::assert_eq!(all.len(), 3);
    Todos.call_tool();
    Todos::guarded_tools();
}
