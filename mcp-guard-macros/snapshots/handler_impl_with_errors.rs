#[guarded_handler(crate = crate::guard)]
impl<T: Store> ServerHandler for Todos<T> {
    fn get_info(&self) -> ServerConfig {
        self.info()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.call(request, context)
    }
}
