//! A fixture with operations of every kind and every requirement.

use mcp_guard::InsufficientScope;
use mcp_guard::prelude::*;
use rmcp::model::{CompleteRequestParams, CompleteResult, MetaObject};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};

use crate::support::Runs;

/// Operations that count their runs. Some are public, so anonymous callers must be allowed.
#[derive(Clone, Default)]
pub(crate) struct Library {
    pub(crate) runs: Runs,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct OnShelf {
    shelf: Option<u8>,
}

fn shelf_scope(on: &OnShelf) -> Option<Scope> {
    on.shelf.map(|shelf| Scope::new(format!("shelf:{shelf}")).unwrap())
}

/// The metadata that a tool sets itself, including a wrong requirement.
pub(crate) fn own_meta() -> MetaObject {
    let mut meta = MetaObject::default();
    meta.0.insert("example.com/color".to_owned(), json!("green"));
    meta.0.insert("securitySchemes".to_owned(), json!([{"type": "noauth"}]));
    meta
}

#[guarded_tools(own_handler)]
impl Library {
    /// One scope.
    #[guarded_tool(scope = "todo:read", meta = own_meta())]
    fn read(&self) -> String {
        self.runs.ran()
    }

    /// A broader scope.
    #[guarded_tool(scope = "todo:write")]
    fn write(&self) -> String {
        self.runs.ran()
    }

    /// Two scopes.
    #[guarded_tool(scopes = ["todo:write", "todo:delete"])]
    fn delete(&self) -> String {
        self.runs.ran()
    }

    /// One of two scopes.
    #[guarded_tool(any_of = ["admin", "todo:audit"])]
    fn audit(&self) -> String {
        self.runs.ran()
    }

    /// Every authenticated caller.
    #[guarded_tool(authenticated)]
    fn who(&self) -> String {
        self.runs.ran()
    }

    /// Every caller.
    #[guarded_tool(public)]
    fn open(&self) -> String {
        self.runs.ran()
    }

    /// An additional scope that depends on the arguments.
    #[guarded_tool(scope = "todo:write", scopes_for = shelf_scope)]
    async fn put(&self, Parameters(_): Parameters<OnShelf>) -> String {
        self.runs.ran()
    }

    /// An additional scope that is checked late.
    #[guarded_tool(scope = "todo:write")]
    async fn share(&self, token: ValidatedToken) -> Result<String, InsufficientScope> {
        token.require("todo:share")?;
        Ok(self.runs.ran())
    }

    /// One scope.
    #[guarded_prompt(scope = "todo:write")]
    fn plan(&self) -> String {
        self.runs.ran()
    }

    /// One of two scopes.
    #[guarded_prompt(any_of = ["admin", "todo:audit"])]
    fn review(&self) -> String {
        self.runs.ran()
    }

    /// Every caller.
    #[guarded_prompt(public)]
    fn hello(&self) -> String {
        self.runs.ran()
    }

    /// Every authenticated caller.
    #[guarded_resource(uri = "todo://all", authenticated)]
    fn all(&self) -> String {
        self.runs.ran()
    }

    /// Two scopes.
    #[guarded_resource(uri = "todo://trash", scopes = ["todo:write", "todo:delete"])]
    fn trash(&self) -> String {
        self.runs.ran()
    }

    /// Every caller.
    #[guarded_resource(uri = "todo://about", public)]
    fn about(&self) -> String {
        self.runs.ran()
    }

    /// One scope.
    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:write")]
    async fn one(&self, id: u64) -> String {
        format!("{id} {}", self.runs.ran())
    }

    /// Every caller.
    #[guarded_resource(uri = "todo://news/{day}", public)]
    async fn news(&self, day: String) -> String {
        format!("{day} {}", self.runs.ran())
    }
}

#[guarded_handler]
impl ServerHandler for Library {
    #[guarded(scope = "todo:audit")]
    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        self.runs.ran();
        Ok(CompleteResult::default())
    }
}

/// A request for one operation.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
    /// The list that contains the operation, and its name there.
    pub(crate) listed: Option<(&'static str, &'static str)>,
}

/// Returns requests for all operations. These arguments require no additional scopes.
pub(crate) fn requests() -> Vec<Request> {
    let tool = |name| ("tools/call", json!({"name": name, "arguments": {}}), Some(("tools/list", name)));
    let prompt = |name| ("prompts/get", json!({"name": name}), Some(("prompts/list", name)));
    let read = |uri: &str| ("resources/read", json!({"uri": uri}));
    let resource = |uri| (read(uri).0, read(uri).1, Some(("resources/list", uri)));
    let template = |uri, template| (read(uri).0, read(uri).1, Some(("resources/templates/list", template)));
    let complete = |reference: Value| {
        let params = json!({"ref": reference, "argument": {"name": "id", "value": ""}});
        ("completion/complete", params, None)
    };
    let all = [
        tool("read"),
        tool("write"),
        tool("delete"),
        tool("audit"),
        tool("who"),
        tool("open"),
        tool("put"),
        prompt("plan"),
        prompt("review"),
        prompt("hello"),
        resource("todo://all"),
        resource("todo://trash"),
        resource("todo://about"),
        template("todo://todos/1", "todo://todos/{id}"),
        template("todo://news/today", "todo://news/{day}"),
        complete(json!({"type": "ref/prompt", "name": "plan"})),
        complete(json!({"type": "ref/resource", "uri": "todo://todos/{id}"})),
    ];
    all.into_iter().map(|(method, params, listed)| Request { method, params, listed }).collect()
}

/// The scopes of the callers; `None` is an anonymous caller.
pub(crate) const CALLERS: [Option<&str>; 11] = [
    None,
    Some(""),
    Some("other"),
    Some("todo:read"),
    Some("todo:write"),
    Some("todo:delete"),
    Some("todo:write todo:delete"),
    Some("todo:audit"),
    Some("todo:read todo:audit"),
    Some("todo:write todo:audit"),
    Some("todo:read admin"),
];

/// Returns the names, URIs or templates in a list.
pub(crate) fn shown(result: &Value) -> Vec<String> {
    let items =
        ["tools", "prompts", "resources", "resourceTemplates"].into_iter().find_map(|key| result[key].as_array());
    let name = |item: &Value| {
        let name = ["uriTemplate", "uri", "name"].into_iter().find_map(|key| item[key].as_str());
        name.unwrap().to_owned()
    };
    items.unwrap_or_else(|| panic!("no list: {result}")).iter().map(name).collect()
}

pub(crate) const LISTS: [&str; 4] = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"];
