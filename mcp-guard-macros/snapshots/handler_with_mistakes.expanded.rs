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
::core::compile_error! {
    "`call_tool` is written by `#[guarded_handler]`, with the guard of every tool\nhelp: remove it, and put the tools into an impl block with `#[guarded_tools]`"
}
#[automatically_derived]
impl<T: Store> crate::guard::__private::GuardedHandler for Todos<T> {
    fn methods() -> crate::guard::__private::Methods {
        ::core::unreachable!()
    }
}
