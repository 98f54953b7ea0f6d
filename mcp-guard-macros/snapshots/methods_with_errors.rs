#[guarded_tools(nam = "todos")]
impl Todos {
    #[guarded_tool(scope = "todo:read todo:write", local)]
    fn list(&mut self) {}

    #[tool]
    fn clear(&self) {}
}
