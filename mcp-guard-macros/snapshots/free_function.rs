/// Adds a todo.
#[cfg(feature = "add")]
#[guarded_tool(scope = "todo:write", scopes_for = of_list, crate = crate::guard)]
pub(crate) async fn add(todos: &Todos, Parameters(todo): Parameters<Todo>) -> String {
    todos.add(todo).await
}
