#[cfg(feature = "add")]
pub fn add(todos: &mut Todos) -> String {
    todos.add()
}
::core::compile_error! {
    "a scope cannot contain a space\nhelp: to require both scopes, write `scopes = [\"todo\", \"write\"]`"
}
::core::compile_error! {
    "`add` cannot take `&mut Todos`: a server is shared between its callers\nhelp: take `&Todos`, and move mutable state to a `Mutex` or an atomic"
}
#[cfg(feature = "add")]
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
pub enum add {}
#[cfg(feature = "add")]
#[automatically_derived]
impl<__McpGuardServer> ::mcp_guard::__private::ToolFunction<__McpGuardServer> for add {
    fn guarded_tool() -> ::mcp_guard::__private::GuardedTool<__McpGuardServer> {
        ::core::unreachable!()
    }
}
