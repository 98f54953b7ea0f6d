#[guarded_handler]
/// By hand.
impl ServerHandler for Todos {
    #[guarded(scope = "todo:read")]
    async fn complete(
        &self,
        CompleteRequestParams { r#ref: reference, .. }: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.completed(reference)
    }

    #[cfg(feature = "subscriptions")]
    #[guarded(any_of = ["todo:read", "todo:admin"])]
    async fn subscribe(
        &self,
        mut request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.watch(&mut request, context).await
    }

    #[guarded(scope = "todo:read")]
    async fn get_task(
        &self,
        GetTaskParams { task_id, .. }: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.tasks(&context).get_task(&task_id).map(GetTaskResult::new)
    }

    #[guarded(scope = "todo:write")]
    async fn cancel_task(&self, request: CancelTaskParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.cancel(request).await
    }

    #[guarded(scope = "todo:read")]
    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        self.prompt(request)
    }

    #[guarded(scope = "todo:read")]
    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.resource(request)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        drop(context);
    }
}
