//! A generic server has tools of its own for each of its types.

use mcp_guard::prelude::*;
use rmcp::ServerHandler;

trait Store: Clone {
    type Item: serde::de::DeserializeOwned + schemars::JsonSchema + Send + 'static;
    const KIND: &'static str;
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[allow(dead_code)]
struct Todo {
    title: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[allow(dead_code)]
struct Note {
    text: String,
}

#[derive(Clone)]
struct TodoStore;

#[derive(Clone)]
struct NoteStore;

impl Store for TodoStore {
    type Item = Todo;
    const KIND: &'static str = "todo";
}

impl Store for NoteStore {
    type Item = Note;
    const KIND: &'static str = "note";
}

struct Server<T, const LIMIT: usize>(T);

#[guarded_tools]
impl<T, const LIMIT: usize> Server<T, LIMIT>
where
    T: Store + Clone + Send + Sync + 'static,
{
    #[guarded_tool(scope = "item:write", description = T::KIND)]
    async fn add(&self, Parameters(item): Parameters<T::Item>) -> String {
        let store = self.0.clone();
        drop(item);
        std::future::ready(()).await;
        drop(store);
        format!("{} of at most {LIMIT}", T::KIND)
    }
}

/// Without the bounds that only rmcp needs.
struct Bare<T>(T);

#[guarded_tools]
impl<T: Store> Bare<T> {
    #[guarded_tool(authenticated)]
    fn kind(&self) -> String {
        let _ = &self.0;
        T::KIND.to_owned()
    }
}

/// Everything that is not a tool.
struct Rest<T>(T);

#[guarded_tools]
impl<T> Rest<T>
where
    T: std::str::FromStr + ToString + Send + Sync + 'static,
{
    #[guarded_prompt(scope = "item:read", scopes_for = Self::of_arguments)]
    fn plan(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title + &self.0.to_string()
    }

    #[guarded_resource(uri = "item://{id}{?other}", authenticated, scopes_for = |id| Scope::new(T::to_string(id)).ok())]
    async fn item(&self, id: T, other: Option<T>) -> String {
        other.unwrap_or(id).to_string()
    }

    fn of_arguments(todo: &Todo) -> Option<Scope> {
        Scope::new(todo.title.clone()).ok()
    }
}

fn is_server<S: GuardedServer + ServerHandler>(_: &S) {}

#[test]
fn works() {
    let todos = Server::<TodoStore, 3>::guarded_tools();
    let notes = Server::<NoteStore, 3>::guarded_tools();
    let property = |tool: &rmcp::model::Tool, name: &str| tool.input_schema["properties"].get(name).is_some();
    let (add_todo, add_note) = (todos.get("add").unwrap(), notes.get("add").unwrap());
    assert!(property(add_todo, "title") && !property(add_todo, "text"));
    assert!(property(add_note, "text") && !property(add_note, "title"));
    assert_eq!(add_note.description.as_deref(), Some("note"));

    assert!(std::ptr::eq(todos, Server::<TodoStore, 3>::guarded_tools()), "built once for each type");
    assert!(!std::ptr::addr_eq(todos, Server::<TodoStore, 4>::guarded_tools()));

    is_server(&Server::<_, 1>(TodoStore));
    is_server(&Bare(NoteStore));
    is_server(&Rest(3_u8));
    assert_eq!(Rest::<u8>::scope_matrix().to_string().lines().count(), 2);
    assert_eq!(Bare(NoteStore).kind(), "note");
}
