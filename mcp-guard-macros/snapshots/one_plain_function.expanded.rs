impl Todos {
    /// Count your todos.
    fn count(&self) -> String {
        self.0.len().to_string()
    }
    fn helper(&self) {}
}
#[guarded_tool(__mcp_guard_registered)]
const _: () = ();
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
                                "count",
                                ::core::option::Option::Some(
                                    ::core::convert::Into::into("Count your todos."),
                                ),
                                ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            ::mcp_guard::__private::Requirement::scope(
                                ::mcp_guard::__private::Scope::from_static("todo:read"),
                            ),
                            |__mcp_guard_context| {
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::answer::<
                                        String,
                                    >(Self::count(__mcp_guard_server))
                                })
                            },
                        )
                        .direct(::mcp_guard::__private::is_direct!(tool[String] [])),
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
