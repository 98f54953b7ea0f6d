impl Todos {
    fn create_todo(&self) {}
    #[cfg(unix)]
    fn list(&self) {}
}
#[guarded_tool(__mcp_guard_registered)]
const _: () = ();
const _: () = {
    const __MCP_GUARD_KNOWN: ::mcp_guard::__private::KnownScopes = ::mcp_guard::__private::KnownScopes::new(
        <TodoScope as ::mcp_guard::__private::Scopes>::TEXTS,
        "TodoScope",
    );
    const _: () = __MCP_GUARD_KNOWN.check("todo:read");
    #[cfg(unix)]
    const _: () = __MCP_GUARD_KNOWN.check("todo:read");
    #[cfg(unix)]
    const _: () = __MCP_GUARD_KNOWN.check("todo:admin");
    let _ = __MCP_GUARD_KNOWN;
};
#[automatically_derived]
#[allow(deprecated)]
impl ::mcp_guard::__private::GuardedServer for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
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
                                "create_todo",
                                ::core::option::Option::None,
                                ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            ::mcp_guard::__private::Requirement::all([
                                ::mcp_guard::__private::Scope::from_static("todo:read"),
                                <::mcp_guard::__private::Scope as ::core::convert::From<
                                    _,
                                >>::from(TodoScope::Write),
                            ]),
                            |__mcp_guard_context| {
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::answer::<
                                        (),
                                    >(Self::create_todo(__mcp_guard_server))
                                })
                            },
                        )
                        .direct(::mcp_guard::__private::is_direct!(tool[()] [])),
                );
                #[cfg(unix)]
                ::mcp_guard::__private::GuardedTools::add(
                    ::mcp_guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedTool::new(
                            ::mcp_guard::__private::rmcp::model::Tool::new_with_raw(
                                "list",
                                ::core::option::Option::None,
                                ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            ::mcp_guard::__private::Requirement::any(
                                ::mcp_guard::__private::Scope::from_static("todo:read"),
                                [::mcp_guard::__private::Scope::from_static("todo:admin")],
                            ),
                            |__mcp_guard_context| {
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::answer::<
                                        (),
                                    >(Self::list(__mcp_guard_server))
                                })
                            },
                        )
                        .direct(::mcp_guard::__private::is_direct!(tool[()] [])),
                );
                ::mcp_guard::__private::Guarded::set_vocabulary(
                    &mut __mcp_guard_operations,
                    <TodoScope as ::mcp_guard::__private::Scopes>::vocabulary(),
                );
                __mcp_guard_operations
            },
        )
    }
}
#[automatically_derived]
impl ::mcp_guard::__private::rmcp::ServerHandler for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    ::mcp_guard::__private::handler_methods! {
        get_info(::core::env!("CARGO_PKG_NAME"), ::core::env!("CARGO_PKG_VERSION"),
        ::core::option::Option::None, ::core::option::Option::None) call_tool list_tools
        get_tool
    }
}
