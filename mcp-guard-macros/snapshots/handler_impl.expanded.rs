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
        let __mcp_guard_result: Result<CompleteResult, ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "completion/complete",
                ::mcp_guard::__private::Subject::Completion(&__mcp_guard_parameter0),
                &__mcp_guard_parameter1,
            )?
            .run(async move {
                let CompleteRequestParams { r#ref: reference, .. } = __mcp_guard_parameter0;
                let _ = __mcp_guard_parameter1;
                { self.completed(reference) }
            })
            .await;
        __mcp_guard_result
    }
    #[cfg(feature = "subscriptions")]
    async fn subscribe(
        &self,
        __mcp_guard_parameter0: SubscribeRequestParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let __mcp_guard_result: Result<(), ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "resources/subscribe",
                ::mcp_guard::__private::Subject::Resource(&__mcp_guard_parameter0.uri),
                &__mcp_guard_parameter1,
            )?
            .run(async move {
                let mut request = __mcp_guard_parameter0;
                let context = __mcp_guard_parameter1;
                { self.watch(&mut request, context).await }
            })
            .await;
        __mcp_guard_result
    }
    async fn get_task(
        &self,
        mut __mcp_guard_parameter0: GetTaskParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let __mcp_guard_result: Result<GetTaskResult, ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "tasks/get",
                ::mcp_guard::__private::Subject::Task(
                    &mut __mcp_guard_parameter0.task_id,
                ),
                &__mcp_guard_parameter1,
            )?
            .run_task(async move {
                let GetTaskParams { task_id, .. } = __mcp_guard_parameter0;
                let context = __mcp_guard_parameter1;
                { self.tasks(&context).get_task(&task_id).map(GetTaskResult::new) }
            })
            .await;
        __mcp_guard_result
    }
    async fn cancel_task(
        &self,
        mut __mcp_guard_parameter0: CancelTaskParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let __mcp_guard_result: Result<(), ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "tasks/cancel",
                ::mcp_guard::__private::Subject::Task(
                    &mut __mcp_guard_parameter0.task_id,
                ),
                &__mcp_guard_parameter1,
            )?
            .run(async move {
                let request = __mcp_guard_parameter0;
                let _ = __mcp_guard_parameter1;
                { self.cancel(request).await }
            })
            .await;
        __mcp_guard_result
    }
    async fn get_prompt(
        &self,
        mut __mcp_guard_parameter0: GetPromptRequestParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let __mcp_guard_result: Result<GetPromptResponse, ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "prompts/get",
                ::mcp_guard::__private::Subject::Prompt(&mut __mcp_guard_parameter0),
                &__mcp_guard_parameter1,
            )?
            .run_prompt(async move {
                let request = __mcp_guard_parameter0;
                let _ = __mcp_guard_parameter1;
                { self.prompt(request) }
            })
            .await;
        __mcp_guard_result
    }
    async fn read_resource(
        &self,
        mut __mcp_guard_parameter0: ReadResourceRequestParams,
        __mcp_guard_parameter1: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let __mcp_guard_result: Result<ReadResourceResponse, ErrorData> = ::mcp_guard::__private::admit_method::<
            Self,
        >(
                "resources/read",
                ::mcp_guard::__private::Subject::Contents(&mut __mcp_guard_parameter0),
                &__mcp_guard_parameter1,
            )?
            .run_contents(async move {
                let request = __mcp_guard_parameter0;
                let _ = __mcp_guard_parameter1;
                { self.resource(request) }
            })
            .await;
        __mcp_guard_result
    }
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        drop(context);
    }
    ::mcp_guard::__private::handler_methods! {
        get_info(::core::env!("CARGO_PKG_NAME"), ::core::env!("CARGO_PKG_VERSION"),
        ::core::option::Option::None, ::core::option::Option::None) discover call_tool
        list_tools get_tool list_prompts list_resources list_resource_templates
    }
}
#[automatically_derived]
impl ::mcp_guard::__private::GuardedHandler for Todos {
    fn methods() -> ::std::vec::Vec<::mcp_guard::__private::GuardedMethod> {
        ::std::convert::From::from([
            ::mcp_guard::__private::GuardedMethod::new(
                "completion/complete",
                ::mcp_guard::__private::Requirement::scope(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                ),
            ),
            #[cfg(feature = "subscriptions")]
            ::mcp_guard::__private::GuardedMethod::new(
                "resources/subscribe",
                ::mcp_guard::__private::Requirement::any(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                    [::mcp_guard::__private::Scope::from_static("todo:admin")],
                ),
            ),
            ::mcp_guard::__private::GuardedMethod::new(
                "tasks/get",
                ::mcp_guard::__private::Requirement::scope(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                ),
            ),
            ::mcp_guard::__private::GuardedMethod::new(
                "tasks/cancel",
                ::mcp_guard::__private::Requirement::scope(
                    ::mcp_guard::__private::Scope::from_static("todo:write"),
                ),
            ),
            ::mcp_guard::__private::GuardedMethod::new(
                "prompts/get",
                ::mcp_guard::__private::Requirement::scope(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                ),
            ),
            ::mcp_guard::__private::GuardedMethod::new(
                "resources/read",
                ::mcp_guard::__private::Requirement::scope(
                    ::mcp_guard::__private::Scope::from_static("todo:read"),
                ),
            ),
        ])
    }
}
