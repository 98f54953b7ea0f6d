//! A resource is one URI, or a template for many whose variables are parameters.

use std::convert::Infallible;
use std::str::FromStr;

use mcp_guard::ResourceUri;
use mcp_guard::prelude::*;
use rmcp::ErrorData;
use rmcp::ServerHandler;
use rmcp::model::ReadResourceResult;
use rmcp::model::ResourceContents;

type Answer<T> = Result<T, ErrorData>;

struct Slug(String);

impl FromStr for Slug {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

#[derive(serde::Deserialize)]
struct Place {
    list: String,
    id: String,
}

struct Todos;

#[guarded_tools]
impl Todos {
    /// All of them.
    #[guarded_resource(uri = "todo://todos", scope = "todo:read", mime_type = "text/markdown")]
    fn todos(&self) -> String {
        "# Todos".to_owned()
    }

    /// One of them.
    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read", title = "Todo")]
    async fn todo(&self, token: ValidatedToken, id: u64) -> Result<Json<u64>, ErrorData> {
        drop(token);
        Ok(Json(id))
    }

    #[guarded_resource(uri = "todo://lists/{list}/{id}{?done,limit}", any_of = ["todo:read", "todo:admin"])]
    fn of_list(&self, mut list: Slug, limit: Option<u64>, id: u64, done: Option<bool>) -> Vec<u8> {
        list.0.push_str(&format!("{id} {done:?} {limit:?}"));
        list.0.into_bytes()
    }

    #[guarded_resource(uri = "todo://files/{+path}", scope = "todo:files")]
    fn file(&self, path: String, ResourceUri(uri): ResourceUri) -> Answer<ResourceContents> {
        Ok(ResourceContents::text(path, uri))
    }

    #[guarded_resource(uri = "todo://places/{list}/{id}", authenticated)]
    fn place(&self, Parameters(place): Parameters<Place>) -> Vec<ResourceContents> {
        vec![ResourceContents::text(place.list, place.id)]
    }

    #[guarded_resource(uri = "todo://about", public, name = "about_todos", description = "About this server.")]
    async fn about(token: Option<ValidatedToken>) -> ReadResourceResult {
        drop(token);
        ReadResourceResult::new(Vec::new())
    }
}

#[test]
fn works() {
    assert!(Todos.get_info().capabilities.resources.is_some());
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "resource  todo://about                           public
resource  todo://todos                           todo:read
template  todo://files/{+path}                   todo:files
template  todo://lists/{list}/{id}{?done,limit}  todo:read or todo:admin
template  todo://places/{list}/{id}              authenticated
template  todo://todos/{id}                      todo:read
"
    );
    assert_eq!(Todos.of_list(Slug("a".to_owned()), None, 1, Some(true)), b"a1 Some(true) None");
}
