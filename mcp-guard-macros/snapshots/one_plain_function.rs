#[guarded_tools]
impl Todos {
    /// Count your todos.
    #[guarded_tool(scope = "todo:read")]
    fn count(&self) -> String {
        self.0.len().to_string()
    }

    fn helper(&self) {}
}
