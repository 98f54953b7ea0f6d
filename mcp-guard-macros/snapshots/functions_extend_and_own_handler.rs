#[guarded_tools(tools = [list, other::add], extend = Self::more, own_handler, scopes = TodoScope)]
impl Todos {
    #[guarded_tool(scope = "todo:write", scopes_for = |todo| of_list(&todo.list))]
    fn remove(&self, Parameters(todo): Parameters<Todo>) {}
}
