#[cfg(feature = "add")]
#[guarded_tool(scope = "todo write")]
pub fn add(todos: &mut Todos) -> String {
    todos.add()
}
