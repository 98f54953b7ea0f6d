impl Todos {
    async fn create<'a>(
        &'a self,
        Parameters(todo): Parameters<NewTodo>,
        token: ValidatedToken,
    ) -> Result<Json<Todo<'a>>, TodoError> {
        self.db.create(todo, token.subject()).await
    }
    fn hello(&self, token: Option<ValidatedToken>) -> BoxFuture<'_, String> {
        Box::pin(self.greet(token))
    }
    fn opaque(
        Claims(tenant): Claims<Tenant>,
    ) -> impl Future<Output = impl IntoContents> + Send {
        async { tenant.name }
    }
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
                                    "create",
                                    ::core::option::Option::None,
                                    ::mcp_guard::__private::input_schema::<NewTodo>("create"),
                                )
                                .with_raw_output_schema(
                                    ::mcp_guard::__private::rmcp::handler::server::tool::schema_for_output::<
                                        Todo<'_>,
                                    >(),
                                ),
                            ::mcp_guard::__private::Requirement::scope(
                                ::mcp_guard::__private::Scope::from_static("todo:write"),
                            ),
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::extract:: <
                                    ::mcp_guard::__private::ToolCallContext < '_, _ >,
                                    Parameters < NewTodo > > (& mut __mcp_guard_context)
                                );
                                let __mcp_guard_parameter1 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::parameter:: < _, ValidatedToken > (&
                                    mut __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::answer_or_error::<
                                        Json<Todo<'_>>,
                                        TodoError,
                                    >(
                                        Self::create(
                                                __mcp_guard_server,
                                                __mcp_guard_parameter0,
                                                __mcp_guard_parameter1,
                                            )
                                            .await,
                                    )
                                })
                            },
                        )
                        .direct(
                            ::mcp_guard::__private::is_direct!(
                                tool[Json < Todo < '_ > >, TodoError] [Parameters < NewTodo
                                >, ValidatedToken]
                            ),
                        ),
                );
                ::mcp_guard::__private::GuardedTools::add(
                    ::mcp_guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedTool::new(
                            ::mcp_guard::__private::rmcp::model::Tool::new_with_raw(
                                "hello",
                                ::core::option::Option::None,
                                ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            ),
                            ::mcp_guard::__private::Requirement::Public,
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::extract_optional_token(& mut
                                    __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.service;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::answer::<
                                        String,
                                    >(
                                        Self::hello(__mcp_guard_server, __mcp_guard_parameter0)
                                            .await,
                                    )
                                })
                            },
                        )
                        .direct(::mcp_guard::__private::is_direct!(tool[String] [])),
                );
                ::mcp_guard::__private::GuardedTools::add(
                    ::mcp_guard::__private::Guarded::tools_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedTool::new(
                        ::mcp_guard::__private::rmcp::model::Tool::new_with_raw(
                            "opaque",
                            ::core::option::Option::None,
                            ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                        ),
                        ::mcp_guard::__private::Requirement::Authenticated,
                        |mut __mcp_guard_context| {
                            let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                ::mcp_guard::__private::extract:: <
                                ::mcp_guard::__private::ToolCallContext < '_, _ >, Claims <
                                Tenant > > (& mut __mcp_guard_context)
                            );
                            ::std::boxed::Box::pin(async move {
                                ::mcp_guard::__private::answer(
                                    Self::opaque(__mcp_guard_parameter0).await,
                                )
                            })
                        },
                    ),
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
