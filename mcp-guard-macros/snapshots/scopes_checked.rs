#[guarded_tools(scopes = TodoScope)]
impl Todos {
    #[guarded_tool(scopes = ["todo:read", TodoScope::Write])]
    fn create_todo(&self) {}

    #[cfg(unix)]
    #[guarded_tool(any_of = ["todo:read", "todo:admin"])]
    fn list(&self) {}
}
