impl Todos {
    fn remove(&self, Parameters(todo): Parameters<Todo>) {}
}
#[guarded_tool(__mcp_guard_registered)]
const _: () = ();
const _: () = {
    const __MCP_GUARD_KNOWN: ::mcp_guard::__private::KnownScopes = ::mcp_guard::__private::KnownScopes::new(
        <TodoScope as ::mcp_guard::__private::Scopes>::TEXTS,
        "TodoScope",
    );
    const _: () = __MCP_GUARD_KNOWN.check("todo:write");
    let _ = __MCP_GUARD_KNOWN;
};
#[automatically_derived]
#[allow(deprecated)]
impl ::mcp_guard::__private::GuardedServer for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
    Todos: ::mcp_guard::__private::GuardedHandler,
{
    fn guarded() -> &'static ::mcp_guard::__private::Guarded<Self> {
        static __MCP_GUARD_OPERATIONS: ::std::sync::OnceLock<
            ::mcp_guard::__private::Guarded<Todos>,
        > = ::std::sync::OnceLock::new();
        ::std::sync::OnceLock::get_or_init(
            &__MCP_GUARD_OPERATIONS,
            || {
                let mut __mcp_guard_operations = ::mcp_guard::__private::Guarded::<
                    Self,
                >::new();
                ::mcp_guard::__private::GuardedTools::add(
                    ::mcp_guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedTool::new(
                            ::mcp_guard::__private::rmcp::model::Tool::new_with_raw(
                                "remove",
                                ::core::option::Option::None,
                                ::mcp_guard::__private::input_schema::<Todo>("remove"),
                            ),
                            ::mcp_guard::__private::Requirement::scope(
                                ::mcp_guard::__private::Scope::from_static("todo:write"),
                            ),
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::extract:: <
                                    ::mcp_guard::__private::ToolCallContext < '_, _ >,
                                    Parameters < Todo > > (& mut __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::answer::<
                                        (),
                                    >(Self::remove(__mcp_guard_server, __mcp_guard_parameter0))
                                })
                            },
                        )
                        .with_scopes_for(
                            ::mcp_guard::__private::scopes_for::<
                                <Parameters<
                                    Todo,
                                > as ::mcp_guard::__private::ArgumentsOf>::Arguments,
                                _,
                            >(|todo| of_list(&todo.list)),
                        )
                        .direct(
                            ::mcp_guard::__private::is_direct!(
                                tool[()] [Parameters < Todo >]
                            ),
                        ),
                );
                ::mcp_guard::__private::GuardedTools::<
                    Self,
                >::register::<
                    list,
                >(
                    ::mcp_guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                );
                ::mcp_guard::__private::GuardedTools::<
                    Self,
                >::register::<
                    other::add,
                >(
                    ::mcp_guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                );
                Self::more(&mut __mcp_guard_operations);
                ::mcp_guard::__private::require_methods::<
                    Self,
                >(&mut __mcp_guard_operations);
                ::mcp_guard::__private::Guarded::set_vocabulary(
                    &mut __mcp_guard_operations,
                    <TodoScope as ::mcp_guard::__private::Scopes>::vocabulary(),
                );
                __mcp_guard_operations
            },
        )
    }
}
