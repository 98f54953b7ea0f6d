impl Todos {
    fn create_todo(&self) {}
    fn list(&self) {}
    #[cfg(unix)]
    fn whoami() {}
    #[cfg(feature = "hello")]
    fn hello() {}
}
#[guarded_tool(__mcp_guard_registered)]
const _: () = ();
#[mcp_guard::guarded_tool(__mcp_guard_registered)]
const _: () = ();
#[automatically_derived]
#[allow(deprecated)]
impl crate::guard::__private::GuardedServer for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    fn guarded() -> &'static crate::guard::__private::Guarded<Self> {
        static __MCP_GUARD_OPERATIONS: ::std::sync::OnceLock<
            crate::guard::__private::Guarded<Todos>,
        > = ::std::sync::OnceLock::new();
        ::std::sync::OnceLock::get_or_init(
            &__MCP_GUARD_OPERATIONS,
            || {
                let mut __mcp_guard_operations = crate::guard::__private::Guarded::<
                    Self,
                >::new();
                crate::guard::__private::GuardedTools::add(
                    crate::guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    crate::guard::__private::GuardedTool::new(
                            crate::guard::__private::rmcp::model::Tool::new_with_raw(
                                    "create",
                                    ::core::option::Option::Some(
                                        ::core::convert::Into::into(concat!("Creates", " a todo")),
                                    ),
                                    input(),
                                )
                                .with_raw_output_schema(output())
                                .with_annotations(
                                    crate::guard::__private::rmcp::model::ToolAnnotations::from_raw(
                                        ::core::option::Option::Some(
                                            ::core::convert::Into::into("Create"),
                                        ),
                                        ::core::option::Option::Some(false),
                                        ::core::option::Option::None,
                                        ::core::option::Option::Some(true),
                                        ::core::option::Option::None,
                                    ),
                                )
                                .with_title("Create a todo")
                                .with_icons(icons())
                                .with_meta(meta()),
                            crate::guard::__private::Requirement::all([
                                crate::guard::__private::Scope::from_static("todo:read"),
                                <crate::guard::__private::Scope as ::core::convert::From<
                                    _,
                                >>::from(TodoScope::Write),
                            ]),
                            |__mcp_guard_context| {
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    crate::guard::__private::answer::<
                                        (),
                                    >(Self::create_todo(__mcp_guard_server))
                                })
                            },
                        )
                        .direct(crate::guard::__private::is_direct!(tool[()] [])),
                );
                crate::guard::__private::GuardedTools::add(
                    crate::guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    crate::guard::__private::GuardedTool::new(
                            crate::guard::__private::rmcp::model::Tool::new_with_raw(
                                "list",
                                ::core::option::Option::None,
                                crate::guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            crate::guard::__private::Requirement::any(
                                crate::guard::__private::Scope::from_static("todo:read"),
                                [crate::guard::__private::Scope::from_static("todo:admin")],
                            ),
                            |__mcp_guard_context| {
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    crate::guard::__private::answer::<
                                        (),
                                    >(Self::list(__mcp_guard_server))
                                })
                            },
                        )
                        .direct(crate::guard::__private::is_direct!(tool[()] [])),
                );
                #[cfg(unix)]
                crate::guard::__private::GuardedTools::add(
                    crate::guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    crate::guard::__private::GuardedTool::new(
                            crate::guard::__private::rmcp::model::Tool::new_with_raw(
                                "whoami",
                                ::core::option::Option::None,
                                crate::guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            crate::guard::__private::Requirement::Authenticated,
                            |__mcp_guard_context| {
                                ::std::boxed::Box::pin(async move {
                                    crate::guard::__private::answer::<()>(Self::whoami())
                                })
                            },
                        )
                        .direct(crate::guard::__private::is_direct!(tool[()] [])),
                );
                #[cfg(feature = "hello")]
                crate::guard::__private::GuardedTools::add(
                    crate::guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    crate::guard::__private::GuardedTool::new(
                            crate::guard::__private::rmcp::model::Tool::new_with_raw(
                                "hello",
                                ::core::option::Option::None,
                                crate::guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            crate::guard::__private::Requirement::Public,
                            |__mcp_guard_context| {
                                ::std::boxed::Box::pin(async move {
                                    crate::guard::__private::answer::<()>(Self::hello())
                                })
                            },
                        )
                        .direct(crate::guard::__private::is_direct!(tool[()] [])),
                );
                __mcp_guard_operations
            },
        )
    }
}
#[automatically_derived]
impl crate::guard::__private::rmcp::ServerHandler for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    crate::guard::__private::handler_methods! {
        get_info("todos", VERSION, ::core::option::Option::Some("Todos"),
        ::core::option::Option::Some(include_str!("todos.md"))) call_tool list_tools
        get_tool
    }
}
