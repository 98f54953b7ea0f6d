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

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        drop(context);
    }
}
