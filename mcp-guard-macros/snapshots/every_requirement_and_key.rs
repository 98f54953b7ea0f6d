#[guarded_tools(
    name = "todos",
    title = "Todos",
    version = VERSION,
    instructions = include_str!("todos.md"),
    crate = crate::guard
)]
impl Todos {
    #[guarded_tool(
        scopes = ["todo:read", TodoScope::Write],
        name = "create",
        title = "Create a todo",
        description = concat!("Creates", " a todo"),
        read_only = false,
        annotations(title = "Create", idempotent_hint = true),
        input_schema = input(),
        output_schema = output(),
        icons = icons(),
        meta = meta()
    )]
    fn create_todo(&self) {}

    #[guarded_tool(any_of = ["todo:read", "todo:admin"])]
    fn list(&self) {}

    #[cfg(unix)]
    #[mcp_guard::guarded_tool(authenticated)]
    fn whoami() {}

    #[guarded_tool(public)]
    #[cfg(feature = "hello")]
    fn hello() {}
}
