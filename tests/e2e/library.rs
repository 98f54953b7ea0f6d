//! Operations of every kind, with every requirement.

use mcp_guard::InsufficientScope;
use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::ServerHandler;
use rmcp::model::CompleteRequestParams;
use rmcp::model::CompleteResult;
use rmcp::model::MetaObject;
use rmcp::service::RequestContext;
use serde_json::Value;
use serde_json::json;

use crate::support::Runs;

/// Counts how often its operations run. Open to anonymous callers, since some are public.
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

/// What a tool says of itself, a requirement that is none among it.
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

    /// A broader one.
    #[guarded_tool(scope = "todo:write")]
    fn write(&self) -> String {
        self.runs.ran()
    }

    /// Two at once.
    #[guarded_tool(scopes = ["todo:write", "todo:delete"])]
    fn delete(&self) -> String {
        self.runs.ran()
    }

    /// One of two.
    #[guarded_tool(any_of = ["admin", "todo:audit"])]
    fn audit(&self) -> String {
        self.runs.ran()
    }

    /// Whoever has a token.
    #[guarded_tool(authenticated)]
    fn who(&self) -> String {
        self.runs.ran()
    }

    /// Everybody.
    #[guarded_tool(public)]
    fn open(&self) -> String {
        self.runs.ran()
    }

    /// More by its arguments.
    #[guarded_tool(scope = "todo:write", scopes_for = shelf_scope)]
    async fn put(&self, Parameters(_): Parameters<OnShelf>) -> String {
        self.runs.ran()
    }

    /// More than is known before it runs.
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

    /// One of two.
    #[guarded_prompt(any_of = ["admin", "todo:audit"])]
    fn review(&self) -> String {
        self.runs.ran()
    }

    /// Everybody.
    #[guarded_prompt(public)]
    fn hello(&self) -> String {
        self.runs.ran()
    }

    /// Whoever has a token.
    #[guarded_resource(uri = "todo://all", authenticated)]
    fn all(&self) -> String {
        self.runs.ran()
    }

    /// Two at once.
    #[guarded_resource(uri = "todo://trash", scopes = ["todo:write", "todo:delete"])]
    fn trash(&self) -> String {
        self.runs.ran()
    }

    /// Everybody.
    #[guarded_resource(uri = "todo://about", public)]
    fn about(&self) -> String {
        self.runs.ran()
    }

    /// One scope.
    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:write")]
    async fn one(&self, id: u64) -> String {
        format!("{id} {}", self.runs.ran())
    }

    /// Everybody.
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

/// One request about one operation.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
    /// The list that shows the operation, and as what.
    pub(crate) listed: Option<(&'static str, &'static str)>,
}

/// Requests about all of them. With these arguments they ask for no more than is declared, and so does a list.
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

/// What callers hold; `None` is an anonymous one.
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

/// What a list shows: the names, URIs or templates.
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
