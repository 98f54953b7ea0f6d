/// Adds a todo.
#[cfg(feature = "add")]
pub(crate) async fn add(todos: &Todos, Parameters(todo): Parameters<Todo>) -> String {
    todos.add(todo).await
}
#[cfg(feature = "add")]
#[doc(hidden)]
#[allow(non_camel_case_types, missing_debug_implementations, missing_docs)]
#[allow(clippy::pedantic, clippy::restriction)]
pub(crate) enum add {}
#[cfg(feature = "add")]
#[automatically_derived]
#[allow(deprecated)]
impl crate::guard::__private::ToolFunction<Todos> for add {
    fn guarded_tool() -> crate::guard::__private::GuardedTool<Todos> {
        crate::guard::__private::GuardedTool::new(
                crate::guard::__private::rmcp::model::Tool::new_with_raw(
                    "add",
                    ::core::option::Option::Some(
                        ::core::convert::Into::into("Adds a todo."),
                    ),
                    crate::guard::__private::input_schema::<Todo>("add"),
                ),
                crate::guard::__private::Requirement::scope(
                    crate::guard::__private::Scope::from_static("todo:write"),
                ),
                |mut __mcp_guard_context| {
                    let __mcp_guard_parameter0 = crate::guard::__private::or_return!(
                        crate ::guard::__private::extract:: < crate
                        ::guard::__private::ToolCallContext < '_, _ >, Parameters < Todo
                        > > (& mut __mcp_guard_context)
                    );
                    let __mcp_guard_server = __mcp_guard_context.service;
                    ::std::boxed::Box::pin(async move {
                        crate::guard::__private::answer::<
                            String,
                        >(add(__mcp_guard_server, __mcp_guard_parameter0).await)
                    })
                },
            )
            .with_scopes_for(
                crate::guard::__private::scopes_for::<
                    <Parameters<
                        Todo,
                    > as crate::guard::__private::ArgumentsOf>::Arguments,
                    _,
                >(of_list),
            )
            .direct(
                crate::guard::__private::is_direct!(tool[String] [Parameters < Todo >]),
            )
    }
}
