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
                        let __mcp_guard_parameter0 = match ::mcp_guard::__private::parameter::<
                            _,
                            RequestContext<RoleServer>,
                        >(&mut __mcp_guard_context) {
                            ::core::result::Result::Ok(__mcp_guard_extracted) => {
                                __mcp_guard_extracted
                            }
                            ::core::result::Result::Err(__mcp_guard_refused) => {
                                return ::std::boxed::Box::pin(
                                    ::core::future::ready(
                                        ::core::result::Result::Err(__mcp_guard_refused),
                                    ),
                                );
                            }
                        };
                        let __mcp_guard_server = __mcp_guard_context.service;
                        ::std::boxed::Box::pin(async move {
                            ::mcp_guard::__private::answer::<
                                Json<Vec<T::Item>>,
                            >(
                                Self::list(__mcp_guard_server, __mcp_guard_parameter0).await,
                            )
                        })
                    },
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
    fn get_info(&self) -> ::mcp_guard::__private::rmcp::model::ServerConfig {
        ::mcp_guard::__private::server_info::<
            Self,
        >(
            ::core::env!("CARGO_PKG_NAME"),
            ::core::env!("CARGO_PKG_VERSION"),
            ::core::option::Option::None,
            ::core::option::Option::None,
        )
    }
    async fn call_tool(
        &self,
        __mcp_guard_request: ::mcp_guard::__private::rmcp::model::CallToolRequestParams,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::CallToolResponse,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::call_tool::<
            Self,
        >(self, __mcp_guard_request, __mcp_guard_context)
            .await
    }
    async fn list_tools(
        &self,
        __mcp_guard_request: ::core::option::Option<
            ::mcp_guard::__private::rmcp::model::PaginatedRequestParams,
        >,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::ListToolsResult,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::list_tools::<
            Self,
        >(__mcp_guard_request, __mcp_guard_context)
    }
    fn get_tool(
        &self,
        __mcp_guard_name: &::core::primitive::str,
    ) -> ::core::option::Option<::mcp_guard::__private::rmcp::model::Tool> {
        ::mcp_guard::__private::get_tool::<Self>(__mcp_guard_name)
    }
}
