impl Todos {
    fn list(&mut self) {}
    fn clear(&self) {}
}
#[guarded_tool(__mcp_guard_registered)]
const _: () = ();
::core::compile_error! {
    "unknown argument `nam`, expected `name`, `title`, `version`, `instructions`, `scopes`, `tools`, `extend`, `own_handler` or `crate`\nhelp: did you mean `name`?"
}
::core::compile_error! {
    "a guarded tool cannot be `local`: the server is shared between threads\nhelp: remove `local`, and move values that are not `Send` to a dedicated thread"
}
::core::compile_error! {
    "a scope cannot contain a space\nhelp: to require both scopes, write `scopes = [\"todo:read\", \"todo:write\"]`"
}
::core::compile_error! {
    "`list` cannot take `&mut self`: a server is shared between its callers\nhelp: take `&self`, and move mutable state to a `Mutex` or an atomic"
}
::core::compile_error! {
    "`clear` would be open to every caller: `#[tool]` has no guard\nhelp: write `#[guarded_tool(scope = \"..\")]` instead, which accepts the same arguments"
}
#[automatically_derived]
impl ::mcp_guard::__private::rmcp::ServerHandler for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{}
#[automatically_derived]
impl ::mcp_guard::__private::GuardedServer for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    fn guarded() -> &'static ::mcp_guard::__private::Guarded<Self> {
        ::core::unreachable!()
    }
}
