impl<T, const N: usize> Todos<T, N>
where
    T: Store + Clone,
{
    async fn list(&self, context: RequestContext<RoleServer>) -> Json<Vec<T::Item>> {
        Json(self.store.list(N).await)
    }
}
#[guarded_tool(__mcp_guard_registered)]
const _: () = ();
#[automatically_derived]
#[allow(deprecated)]
impl<T, const N: usize> ::mcp_guard::__private::GuardedServer for Todos<T, N>
where
    T: Store + Clone,
    Todos<T, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    fn guarded() -> &'static ::mcp_guard::__private::Guarded<Self> {
        ::mcp_guard::__private::built_once::<
            ::mcp_guard::__private::Guarded<Self>,
        >(|| {
            let mut __mcp_guard_operations = ::mcp_guard::__private::Guarded::<
                Self,
            >::new();
            ::mcp_guard::__private::GuardedTools::add(
                ::mcp_guard::__private::Guarded::tools_mut(&mut __mcp_guard_operations),
                ::mcp_guard::__private::GuardedTool::new(
                        ::mcp_guard::__private::rmcp::model::Tool::new_with_raw(
                                "list",
                                ::core::option::Option::None,
                                ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                            )
                            .with_raw_output_schema(
                                ::mcp_guard::__private::rmcp::handler::server::tool::schema_for_output::<
                                    Vec<T::Item>,
                                >(),
                            ),
                        ::mcp_guard::__private::Requirement::scope(
                            ::mcp_guard::__private::Scope::from_static("todo:read"),
                        ),
                        |mut __mcp_guard_context| {
                            let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                ::mcp_guard::__private::parameter:: < _, RequestContext <
                                RoleServer > > (& mut __mcp_guard_context)
                            );
                            let __mcp_guard_server = __mcp_guard_context.service;
                            ::std::boxed::Box::pin(async move {
                                ::mcp_guard::__private::answer::<
                                    Json<Vec<T::Item>>,
                                >(
                                    Self::list(__mcp_guard_server, __mcp_guard_parameter0).await,
                                )
                            })
                        },
                    )
                    .direct(
                        ::mcp_guard::__private::is_direct!(
                            tool[Json < Vec < T::Item > >] [RequestContext < RoleServer
                            >]
                        ),
                    ),
            );
            __mcp_guard_operations
        })
    }
}
#[automatically_derived]
impl<T, const N: usize> ::mcp_guard::__private::rmcp::ServerHandler for Todos<T, N>
where
    T: Store + Clone,
    Todos<T, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    ::mcp_guard::__private::handler_methods! {
        get_info(::core::env!("CARGO_PKG_NAME"), ::core::env!("CARGO_PKG_VERSION"),
        ::core::option::Option::None, ::core::option::Option::None) call_tool list_tools
        get_tool
    }
}
