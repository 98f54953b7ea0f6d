impl Todos {
    /// Plan the day.
    async fn plan(&self, Parameters(about): Parameters<About>) -> Result<String, Error> {
        Ok(about.topic)
    }
    fn hello(token: Option<ValidatedToken>) {}
    /// All of them.
    fn todos(&self, ResourceUri(uri): ResourceUri) -> String {
        uri
    }
    #[cfg(feature = "lists")]
    async fn todo(
        &self,
        id: u64,
        done: Option<bool>,
        token: ValidatedToken,
    ) -> Result<Json<Todo>, Error> {
        self.find(id, done, token).await
    }
    fn file(&self, Parameters(file): Parameters<File>) -> Vec<u8> {
        file.read()
    }
}
#[guarded_prompt(__mcp_guard_registered)]
const _: () = ();
#[guarded_resource(__mcp_guard_registered)]
const _: () = ();
#[automatically_derived]
#[allow(deprecated)]
impl ::mcp_guard::__private::GuardedServer for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    fn guarded() -> &'static ::mcp_guard::__private::Guarded<Self> {
        static __MCP_GUARD_OPERATIONS: ::std::sync::OnceLock<
            ::mcp_guard::__private::Guarded<Todos>,
        > = ::std::sync::OnceLock::new();
        ::std::sync::OnceLock::get_or_init(
            &__MCP_GUARD_OPERATIONS,
            || {
                let mut __mcp_guard_operations = ::mcp_guard::__private::Guarded::<
                    Self,
                >::new();
                ::mcp_guard::__private::GuardedPrompts::add(
                    ::mcp_guard::__private::Guarded::prompts_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedPrompt::new(
                            ::mcp_guard::__private::rmcp::model::Prompt::new(
                                    "plan",
                                    ::core::option::Option::Some("Plan the day."),
                                    ::mcp_guard::__private::prompt_arguments::<About>(),
                                )
                                .with_title("Plan"),
                            ::mcp_guard::__private::Requirement::scope(
                                ::mcp_guard::__private::Scope::from_static("todo:read"),
                            ),
                            ::core::option::Option::Some(
                                ::mcp_guard::__private::scopes_for::<
                                    <Parameters<
                                        About,
                                    > as ::mcp_guard::__private::ArgumentsOf>::Arguments,
                                    _,
                                >(of_topic),
                            ),
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::extract:: <
                                    ::mcp_guard::__private::PromptContext < '_, _ >, Parameters
                                    < About > > (& mut __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.server;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::prompt_answer_or_error::<
                                        String,
                                        Error,
                                    >(
                                        Self::plan(__mcp_guard_server, __mcp_guard_parameter0).await,
                                    )
                                })
                            },
                        )
                        .direct(
                            ::mcp_guard::__private::is_direct!(
                                prompt[String] [Parameters < About >]
                            ),
                        ),
                );
                ::mcp_guard::__private::GuardedPrompts::add(
                    ::mcp_guard::__private::Guarded::prompts_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedPrompt::new(
                            ::mcp_guard::__private::rmcp::model::Prompt::new(
                                "hello",
                                ::core::option::Option::<&::core::primitive::str>::None,
                                ::core::option::Option::None,
                            ),
                            ::mcp_guard::__private::Requirement::Public,
                            ::core::option::Option::None,
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::extract_optional_token(& mut
                                    __mcp_guard_context)
                                );
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::prompt_answer::<
                                        (),
                                    >(Self::hello(__mcp_guard_parameter0))
                                })
                            },
                        )
                        .direct(::mcp_guard::__private::is_direct!(prompt[()] [])),
                );
                ::mcp_guard::__private::GuardedResources::add(
                    ::mcp_guard::__private::Guarded::resources_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedResource::new(
                            ::mcp_guard::__private::rmcp::model::Resource::new(
                                    "todo://todos",
                                    "todos",
                                )
                                .with_description("All of them.")
                                .with_mime_type("text/markdown"),
                            ::mcp_guard::__private::Requirement::scope(
                                ::mcp_guard::__private::Scope::from_static("todo:read"),
                            ),
                            ::core::option::Option::None,
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::parameter:: < _, ResourceUri > (&
                                    mut __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.server;
                                let __mcp_guard_uri = __mcp_guard_context.uri;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::resource_answer::<
                                        String,
                                    >(
                                        Self::todos(__mcp_guard_server, __mcp_guard_parameter0),
                                        &__mcp_guard_uri,
                                        ::core::option::Option::Some("text/markdown"),
                                    )
                                })
                            },
                        )
                        .direct(
                            ::mcp_guard::__private::is_direct!(
                                resource[String] [ResourceUri]
                            ),
                        ),
                );
                #[cfg(feature = "lists")]
                ::mcp_guard::__private::GuardedResources::add(
                    ::mcp_guard::__private::Guarded::resources_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedResource::template(
                            ::mcp_guard::__private::rmcp::model::ResourceTemplate::new(
                                "todo://lists/{list}/{id}{?done}",
                                "todo",
                            ),
                            ::mcp_guard::__private::Requirement::Authenticated,
                            ::core::option::Option::Some(
                                ::mcp_guard::__private::ScopesFor::new(|
                                    __mcp_guard_variables|
                                {
                                    let __mcp_guard_variable0: Option<bool> = ::mcp_guard::__private::optional_variable::<
                                        Option<bool>,
                                    >(__mcp_guard_variables, "done")?;
                                    let __mcp_guard_variable1: ::std::string::String = ::mcp_guard::__private::variable::<
                                        ::std::string::String,
                                    >(__mcp_guard_variables, "list")?;
                                    let __mcp_guard_compute = |
                                        done: &Option<bool>,
                                        list: &String|
                                    of_list(list, done);
                                    ::mcp_guard::__private::computed(
                                        __mcp_guard_compute(
                                            &__mcp_guard_variable0,
                                            &__mcp_guard_variable1,
                                        ),
                                    )
                                }),
                            ),
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::variable:: < u64 > (&
                                    __mcp_guard_context.variables, "id")
                                );
                                let __mcp_guard_parameter1 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::optional_variable:: < Option < bool
                                    > > (& __mcp_guard_context.variables, "done")
                                );
                                let __mcp_guard_parameter2 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::parameter:: < _, ValidatedToken > (&
                                    mut __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.server;
                                let __mcp_guard_uri = __mcp_guard_context.uri;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::resource_answer_or_error::<
                                        Json<Todo>,
                                        Error,
                                    >(
                                        Self::todo(
                                                __mcp_guard_server,
                                                __mcp_guard_parameter0,
                                                __mcp_guard_parameter1,
                                                __mcp_guard_parameter2,
                                            )
                                            .await,
                                        &__mcp_guard_uri,
                                        ::core::option::Option::None,
                                    )
                                })
                            },
                        )
                        .direct(
                            ::mcp_guard::__private::is_direct!(
                                resource[Json < Todo >] [ValidatedToken]
                            ),
                        ),
                );
                ::mcp_guard::__private::GuardedResources::add(
                    ::mcp_guard::__private::Guarded::resources_mut(
                        &mut __mcp_guard_operations,
                    ),
                    ::mcp_guard::__private::GuardedResource::template(
                            ::mcp_guard::__private::rmcp::model::ResourceTemplate::new(
                                "todo://files/{+path}",
                                "file",
                            ),
                            ::mcp_guard::__private::Requirement::any(
                                ::mcp_guard::__private::Scope::from_static("todo:read"),
                                [
                                    <::mcp_guard::__private::Scope as ::core::convert::From<
                                        _,
                                    >>::from(ADMIN),
                                ],
                            ),
                            ::core::option::Option::Some(
                                ::mcp_guard::__private::ScopesFor::new(|
                                    __mcp_guard_variables|
                                {
                                    let __mcp_guard_variable0: ::std::string::String = ::mcp_guard::__private::variable::<
                                        ::std::string::String,
                                    >(__mcp_guard_variables, "path")?;
                                    ::mcp_guard::__private::computed(
                                        Self::of_path(&__mcp_guard_variable0),
                                    )
                                }),
                            ),
                            |mut __mcp_guard_context| {
                                let __mcp_guard_parameter0 = ::mcp_guard::__private::or_return!(
                                    ::mcp_guard::__private::extract:: <
                                    ::mcp_guard::__private::ResourceContext < '_, _ >,
                                    Parameters < File > > (& mut __mcp_guard_context)
                                );
                                let __mcp_guard_server = __mcp_guard_context.server;
                                let __mcp_guard_uri = __mcp_guard_context.uri;
                                ::std::boxed::Box::pin(async move {
                                    ::mcp_guard::__private::resource_answer::<
                                        Vec<u8>,
                                    >(
                                        Self::file(__mcp_guard_server, __mcp_guard_parameter0),
                                        &__mcp_guard_uri,
                                        ::core::option::Option::None,
                                    )
                                })
                            },
                        )
                        .direct(
                            ::mcp_guard::__private::is_direct!(
                                resource[Vec < u8 >] [Parameters < File >]
                            ),
                        ),
                );
                __mcp_guard_operations
            },
        )
    }
}
#[automatically_derived]
impl ::mcp_guard::__private::rmcp::ServerHandler for Todos
where
    Todos: ::core::marker::Send + ::core::marker::Sync + 'static,
{
    ::mcp_guard::__private::handler_methods! {
        get_info(::core::env!("CARGO_PKG_NAME"), ::core::env!("CARGO_PKG_VERSION"),
        ::core::option::Option::None, ::core::option::Option::None) get_prompt
        list_prompts read_resource list_resources list_resource_templates
    }
}
