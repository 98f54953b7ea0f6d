//! Code that the macros would otherwise repeat in every expansion.
//!
//! `$crate` finds this crate under whatever name the user's crate knows it.

/// Implements the listed methods of `ServerHandler`: each one calls the function of `__private` that has its name.
#[doc(hidden)]
#[macro_export]
macro_rules! __mcp_guard_handler_methods {
    () => {};
    (get_info($name:expr, $version:expr, $title:expr, $instructions:expr) $($rest:tt)*) => {
        fn get_info(&self) -> $crate::__private::rmcp::model::ServerConfig {
            $crate::__private::server_info::<Self>($name, $version, $title, $instructions)
        }

        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (discover $($rest:tt)*) => {
        async fn discover(
            &self,
            _: $crate::__private::rmcp::service::RequestContext<$crate::__private::rmcp::RoleServer>,
        ) -> ::core::result::Result<
            $crate::__private::rmcp::model::DiscoverResult,
            $crate::__private::rmcp::ErrorData,
        > {
            ::core::result::Result::Ok($crate::__private::discover(self))
        }

        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (get_tool $($rest:tt)*) => {
        fn get_tool(
            &self,
            name: &::core::primitive::str,
        ) -> ::core::option::Option<$crate::__private::rmcp::model::Tool> {
            $crate::__private::get_tool::<Self>(name)
        }

        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (call_tool $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @run call_tool(CallToolRequestParams) -> CallToolResponse }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (get_prompt $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @run get_prompt(GetPromptRequestParams) -> GetPromptResponse }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (read_resource $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @run read_resource(ReadResourceRequestParams) -> ReadResourceResponse }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (list_tools $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @list list_tools -> ListToolsResult }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (list_prompts $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @list list_prompts -> ListPromptsResult }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (list_resources $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @list list_resources -> ListResourcesResult }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (list_resource_templates $($rest:tt)*) => {
        $crate::__mcp_guard_handler_methods! { @list list_resource_templates -> ListResourceTemplatesResult }
        $crate::__mcp_guard_handler_methods! { $($rest)* }
    };
    (@run $method:ident($params:ident) -> $response:ident) => {
        fn $method(
            &self,
            request: $crate::__private::rmcp::model::$params,
            context: $crate::__private::rmcp::service::RequestContext<$crate::__private::rmcp::RoleServer>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<
                $crate::__private::rmcp::model::$response,
                $crate::__private::rmcp::ErrorData,
            >,
        > + ::core::marker::Send
        + '_ {
            $crate::__private::$method::<Self>(self, request, context)
        }
    };
    (@list $method:ident -> $result:ident) => {
        async fn $method(
            &self,
            request: ::core::option::Option<$crate::__private::rmcp::model::PaginatedRequestParams>,
            context: $crate::__private::rmcp::service::RequestContext<$crate::__private::rmcp::RoleServer>,
        ) -> ::core::result::Result<$crate::__private::rmcp::model::$result, $crate::__private::rmcp::ErrorData> {
            $crate::__private::$method::<Self>(request, context)
        }
    };
}

/// Returns whether an operation takes nothing from the connection: its kind, the types that it returns, and the types of
/// its parameters.
#[doc(hidden)]
#[macro_export]
macro_rules! __mcp_guard_is_direct {
    (tool [$($answer:ty),*] [$($parameter:ty),*]) => {{
        use $crate::__private::direct::{Connected as _, Contents, FromRequest, Probe, ToolResult};
        true $(&& (Probe::<ToolResult, $answer>::DIRECT || Probe::<Contents, $answer>::DIRECT))*
            $(&& Probe::<FromRequest, $parameter>::DIRECT)*
    }};
    (prompt [$($answer:ty),*] [$($parameter:ty),*]) => {
        $crate::__mcp_guard_is_direct!(@one PromptResult [$($answer),*] [$($parameter),*])
    };
    (resource [$($answer:ty),*] [$($parameter:ty),*]) => {
        $crate::__mcp_guard_is_direct!(@one ResourceResult [$($answer),*] [$($parameter),*])
    };
    (@one $rule:ident [$($answer:ty),*] [$($parameter:ty),*]) => {{
        use $crate::__private::direct::{$rule, Connected as _, FromRequest, Probe};
        true $(&& Probe::<$rule, $answer>::DIRECT)* $(&& Probe::<FromRequest, $parameter>::DIRECT)*
    }};
}

/// Unwraps a parameter, or makes the enclosing closure return the error as its future.
#[doc(hidden)]
#[macro_export]
macro_rules! __mcp_guard_or_return {
    ($parameter:expr) => {
        match $parameter {
            ::core::result::Result::Ok(parameter) => parameter,
            ::core::result::Result::Err(error) => {
                return ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Err(error)));
            }
        }
    };
}
