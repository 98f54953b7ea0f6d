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
struct Vec;
struct Send;
struct Sync;
struct From;
struct Into;
struct Clone;
struct i32;

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
    fn push(&self) {}
    fn settle(&self) {}
    fn with_scopes_for(&self) {}
    fn with_description(&self) {}
    fn methods(&self) {}
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

#[::mcp_guard::guarded_tool(scope = "todo:read", scopes_for = of_list)]
async fn free(
    todos: &Everything,
    arguments: ::mcp_guard::prelude::Parameters<List>,
    token: ::std::option::Option<::mcp_guard::ValidatedToken>,
) -> ::std::string::String {
    drop_both(todos, token);
    ::std::clone::Clone::clone(&arguments.0["list"])
}

type List = ::std::collections::BTreeMap<::std::string::String, ::std::string::String>;

fn of_list(list: &List) -> ::std::option::Option<::mcp_guard::Scope> {
    ::mcp_guard::Scope::new(::std::clone::Clone::clone(&list["list"])).ok()
}

fn of_both(list: &::std::string::String, id: &u64) -> ::std::option::Option<::mcp_guard::Scope> {
    drop_both(list, id);
    ::std::option::Option::None
}

struct Everything;

#[::mcp_guard::guarded_tools(own_handler, tools = [free], extend = Everything::more)]
impl Everything {
    /// Plans.
    #[::mcp_guard::guarded_prompt(scope = "todo:read", scopes_for = of_list)]
    async fn get_prompt(
        &self,
        list: ::mcp_guard::prelude::Parameters<List>,
    ) -> ::std::result::Result<::std::string::String, ::rmcp::ErrorData> {
        ::std::result::Result::Ok(::std::clone::Clone::clone(&list.0["list"]))
    }

    /// Reads.
    #[::mcp_guard::guarded_resource(uri = "todo://{list}/{id}", scope = "todo:read", scopes_for = of_both)]
    fn read_resource(&self, list: ::std::string::String, id: u64) -> ::std::string::String {
        drop_both(id, ());
        list
    }

    #[::mcp_guard::guarded_resource(uri = "todo:/{list}{?id}", authenticated, scopes_for = |list, id| {
        let id: &::std::option::Option<u64> = id;
        drop_both(list, id);
        ::std::option::Option::Some(TodoScope::ALL)
    })]
    fn methods(&self, id: ::std::option::Option<u64>, uri: ::mcp_guard::ResourceUri) -> ::std::vec::Vec<u8> {
        drop_both(id, uri);
        ::std::vec::Vec::new()
    }

    fn more(guarded: &mut ::mcp_guard::layer::Guarded<Self>) {
        drop_both(guarded, ());
    }
}

#[::mcp_guard::guarded_handler]
impl ::rmcp::ServerHandler for Everything {
    #[guarded(scope = "todo:read")]
    async fn complete(
        &self,
        _: ::rmcp::model::CompleteRequestParams,
        _: ::rmcp::service::RequestContext<::rmcp::RoleServer>,
    ) -> ::std::result::Result<::rmcp::model::CompleteResult, ::rmcp::ErrorData> {
        ::std::result::Result::Ok(::std::default::Default::default())
    }
}

fn drop_both<A, B>(_: A, _: B) {}

#[::std::prelude::v1::test]
fn works() {
    let tools = <Todos as ::mcp_guard::GuardedServer>::guarded_tools();
    ::std::assert_eq!(tools.list().len(), 3);
    let tools = <Everything as ::mcp_guard::GuardedServer>::guarded_tools();
    ::std::assert_eq!(tools.list().len(), 1);
    ::std::assert_eq!(<TodoScope as ::mcp_guard::Scopes>::ALL.len(), 3);
    let all: ::mcp_guard::ScopeSet = ::std::convert::Into::into([TodoScope::ALL, TodoScope::TEXTS, TodoScope::scope]);
    ::std::assert_eq!(all.len(), 3);
    Todos.call_tool();
    Todos::guarded_tools();
}
