#[allow(dead_code)]
const _: () = {
    fn __mcp_guard_named<__McpGuardHandler: ServerHandler>() {}
};
/// By hand.
impl ::mcp_guard::__private::rmcp::ServerHandler for Todos
where
    Todos: ::mcp_guard::__private::GuardedServer,
{
    async fn complete(
        &self,
        __mcp_guard_parameter0: CompleteRequestParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let __mcp_guard_answer: Result<CompleteResult, ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "completion/complete",
                ::mcp_guard::__private::About::Completion(&__mcp_guard_parameter0),
                &__mcp_guard_parameter1,
            )?
            .run(async move {
                let CompleteRequestParams { r#ref: reference, .. } = __mcp_guard_parameter0;
                let _ = __mcp_guard_parameter1;
                { self.completed(reference) }
            })
            .await;
        __mcp_guard_answer
    }
    #[cfg(feature = "subscriptions")]
    async fn subscribe(
        &self,
        __mcp_guard_parameter0: SubscribeRequestParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let __mcp_guard_answer: Result<(), ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "resources/subscribe",
                ::mcp_guard::__private::About::Resource(&__mcp_guard_parameter0.uri),
                &__mcp_guard_parameter1,
            )?
            .run(async move {
                let mut request = __mcp_guard_parameter0;
                let context = __mcp_guard_parameter1;
                { self.watch(&mut request, context).await }
            })
            .await;
        __mcp_guard_answer
    }
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        drop(context);
    }
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
    async fn discover(
        &self,
        _: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::DiscoverResult,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::core::result::Result::Ok(::mcp_guard::__private::discover(self))
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
    async fn get_prompt(
        &self,
        __mcp_guard_request: ::mcp_guard::__private::rmcp::model::GetPromptRequestParams,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::GetPromptResponse,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::get_prompt::<
            Self,
        >(self, __mcp_guard_request, __mcp_guard_context)
            .await
    }
    async fn list_prompts(
        &self,
        __mcp_guard_request: ::core::option::Option<
            ::mcp_guard::__private::rmcp::model::PaginatedRequestParams,
        >,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::ListPromptsResult,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::list_prompts::<
            Self,
        >(__mcp_guard_request, __mcp_guard_context)
    }
    async fn read_resource(
        &self,
        __mcp_guard_request: ::mcp_guard::__private::rmcp::model::ReadResourceRequestParams,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::ReadResourceResponse,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::read_resource::<
            Self,
        >(self, __mcp_guard_request, __mcp_guard_context)
            .await
    }
    async fn list_resources(
        &self,
        __mcp_guard_request: ::core::option::Option<
            ::mcp_guard::__private::rmcp::model::PaginatedRequestParams,
        >,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::ListResourcesResult,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::list_resources::<
            Self,
        >(__mcp_guard_request, __mcp_guard_context)
    }
    async fn list_resource_templates(
        &self,
        __mcp_guard_request: ::core::option::Option<
            ::mcp_guard::__private::rmcp::model::PaginatedRequestParams,
        >,
        __mcp_guard_context: ::mcp_guard::__private::rmcp::service::RequestContext<
            ::mcp_guard::__private::rmcp::RoleServer,
        >,
    ) -> ::core::result::Result<
        ::mcp_guard::__private::rmcp::model::ListResourceTemplatesResult,
        ::mcp_guard::__private::rmcp::ErrorData,
    > {
        ::mcp_guard::__private::list_resource_templates::<
            Self,
        >(__mcp_guard_request, __mcp_guard_context)
    }
}
#[automatically_derived]
impl ::mcp_guard::__private::GuardedHandler for Todos {
    fn methods() -> ::std::vec::Vec<
        (&'static ::core::primitive::str, ::mcp_guard::__private::Requirement),
    > {
        #[allow(unused_mut)]
        let mut __mcp_guard_methods = ::std::vec::Vec::new();
        ::std::vec::Vec::push(
            &mut __mcp_guard_methods,
            (
                "completion/complete",
                ::mcp_guard::__private::Requirement::scope(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                ),
            ),
        );
        #[cfg(feature = "subscriptions")]
        ::std::vec::Vec::push(
            &mut __mcp_guard_methods,
            (
                "resources/subscribe",
                ::mcp_guard::__private::Requirement::any(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                    [::mcp_guard::__private::Scope::from_static("todo:admin")],
                ),
            ),
        );
        __mcp_guard_methods
    }
}
