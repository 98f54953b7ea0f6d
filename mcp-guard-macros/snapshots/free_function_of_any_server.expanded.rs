fn version() -> String {
    VERSION.to_owned()
}
#[doc(hidden)]
#[allow(non_camel_case_types, missing_debug_implementations, missing_docs)]
#[allow(clippy::pedantic, clippy::restriction)]
enum version {}
#[automatically_derived]
#[allow(deprecated)]
impl<
    __McpGuardServer: ::core::marker::Send + ::core::marker::Sync + 'static,
> ::mcp_guard::__private::ToolFunction<__McpGuardServer> for version {
    fn guarded_tool() -> ::mcp_guard::__private::GuardedTool<__McpGuardServer> {
        ::mcp_guard::__private::GuardedTool::new(
                ::mcp_guard::__private::rmcp::model::Tool::new_with_raw(
                    "version",
                    ::core::option::Option::None,
                    ::mcp_guard::__private::rmcp::handler::server::common::schema_for_empty_input(),
                ),
                ::mcp_guard::__private::Requirement::Public,
                |__mcp_guard_context| {
                    ::std::boxed::Box::pin(async move {
                        ::mcp_guard::__private::answer::<String>(version())
                    })
                },
            )
            .direct(::mcp_guard::__private::is_direct!(tool[String] []))
    }
}
