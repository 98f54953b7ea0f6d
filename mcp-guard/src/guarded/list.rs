//! What lists show, and to whom.

use std::borrow::Cow;

use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::CacheScope;
use rmcp::model::ListPromptsRequestMethod;
use rmcp::model::ListPromptsResult;
use rmcp::model::ListResourceTemplatesRequestMethod;
use rmcp::model::ListResourceTemplatesResult;
use rmcp::model::ListResourcesRequestMethod;
use rmcp::model::ListResourcesResult;
use rmcp::model::ListToolsResult;
use rmcp::model::MetaObject;
use rmcp::model::PaginatedRequestParams;
use rmcp::model::ProtocolVersion;
use rmcp::model::ResultType;
use rmcp::model::Tool;
use rmcp::service::RequestContext;
use serde_json::Value;
use serde_json::json;

use super::GuardedServer;
use super::lock;
use crate::operation::Entry;
use crate::policy::Decision;
use crate::policy::Requirement;
use crate::policy::Visibility;
use crate::request::Caller;
use crate::scope::ScopeSet;

/// Where ChatGPT looks for the requirement of an operation.
const SECURITY_SCHEMES: &str = "securitySchemes";

/// One page with everything that the caller shall see.
///
/// There is one page, so there is no cursor that could skip the filter: every cursor is unknown.
struct List<'c> {
    caller: &'c Caller,
    /// Whether the client expects to be told how long and for whom it may keep the list.
    cacheable: bool,
}

impl<'c> List<'c> {
    fn open(
        request: Option<&PaginatedRequestParams>,
        context: &'c RequestContext<RoleServer>,
    ) -> Result<Self, ErrorData> {
        let caller = lock::open_to(context, &Requirement::Public)?;
        if request.is_some_and(|request| request.cursor.is_some()) {
            return Err(ErrorData::invalid_params("unknown cursor: the list has one page", None));
        }
        let cacheable = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        Ok(Self { caller, cacheable })
    }

    /// The items to show. `meta` is where an item says more of itself.
    fn show<'i, T: Clone + 'i>(
        &self,
        items: impl Iterator<Item = (&'i T, &'i Entry)>,
        meta: fn(&mut T) -> &mut Option<MetaObject>,
    ) -> Vec<T> {
        let policy = self.caller.policy();
        items
            .filter(|(_, entry)| match policy.visibility() {
                Visibility::All | Visibility::Marked => true,
                Visibility::Granted => self.caller.decide(entry.requirement()) == Decision::Allow,
            })
            .map(|(item, entry)| {
                let mut item = item.clone();
                if policy.visibility() == Visibility::Marked {
                    let schemes = self.security_schemes(entry.requirement());
                    meta(&mut item).get_or_insert_default().0.insert(SECURITY_SCHEMES.to_owned(), schemes);
                }
                item
            })
            .collect()
    }

    fn security_schemes(&self, requirement: &Requirement) -> Value {
        let policy = self.caller.policy();
        let needed = match requirement {
            Requirement::Public if policy.allows_anonymous() => return json!([{"type": "noauth"}]),
            _ if self.caller.token().is_none() => policy.needed_unauthenticated(requirement, &ScopeSet::new()),
            _ => policy.needed(requirement),
        };
        let needed = self.caller.challenger().map_or(Cow::Borrowed(&needed), |challenger| challenger.spell(&needed));
        json!([{"type": "oauth2", "scopes": needed}])
    }

    /// Whether everybody sees the same.
    fn is_same_for_all(&self) -> bool {
        let policy = self.caller.policy();
        match policy.visibility() {
            Visibility::All => true,
            Visibility::Granted => false,
            Visibility::Marked => !policy.hides_requirements(),
        }
    }

    /// A list that is the same for everybody may be kept for everybody, but only by a server that lets anonymous callers in: from any other, a shared cache
    /// would show it to callers who could not ask for it themselves (MCP, "Choosing a Cache Scope").
    fn cache_scope(&self) -> CacheScope {
        if self.caller.policy().allows_anonymous() && self.is_same_for_all() {
            CacheScope::Public
        } else {
            CacheScope::Private
        }
    }
}

/// The result of a list, in the order of the items (MCP, "Listing Tools": it is the same every time).
macro_rules! page {
    ($result:ident, $list:expr, $items:expr) => {{
        let mut result = $result::with_all_items($items);
        result.result_type = Some(ResultType::COMPLETE);
        if $list.cacheable {
            result.ttl_ms = Some(0);
            result.cache_scope = Some($list.cache_scope());
        }
        Ok(result)
    }};
}

/// `tools/list`.
#[expect(clippy::needless_pass_by_value, reason = "the signature of `ServerHandler::list_tools`")]
pub fn list_tools<S: GuardedServer>(
    request: Option<PaginatedRequestParams>,
    context: RequestContext<RoleServer>,
) -> Result<ListToolsResult, ErrorData> {
    let list = List::open(request.as_ref(), &context)?;
    let tools = S::guarded().tools();
    let items = tools.list().iter().filter_map(|tool| Some((tool, tools.entry(&tool.name)?.as_ref())));
    page!(ListToolsResult, list, list.show(items, |tool: &mut Tool| &mut tool.meta))
}

/// `prompts/list`.
#[expect(clippy::needless_pass_by_value, reason = "the signature of `ServerHandler::list_prompts`")]
pub fn list_prompts<S: GuardedServer>(
    request: Option<PaginatedRequestParams>,
    context: RequestContext<RoleServer>,
) -> Result<ListPromptsResult, ErrorData> {
    if S::guarded().prompts().is_empty() {
        return Err(ErrorData::method_not_found::<ListPromptsRequestMethod>());
    }
    let list = List::open(request.as_ref(), &context)?;
    page!(ListPromptsResult, list, list.show(S::guarded().prompts().iter(), |prompt| &mut prompt.meta))
}

/// `resources/list`.
#[expect(clippy::needless_pass_by_value, reason = "the signature of `ServerHandler::list_resources`")]
pub fn list_resources<S: GuardedServer>(
    request: Option<PaginatedRequestParams>,
    context: RequestContext<RoleServer>,
) -> Result<ListResourcesResult, ErrorData> {
    if S::guarded().resources().is_empty() {
        return Err(ErrorData::method_not_found::<ListResourcesRequestMethod>());
    }
    let list = List::open(request.as_ref(), &context)?;
    page!(ListResourcesResult, list, list.show(S::guarded().resources().resources(), |resource| &mut resource.meta))
}

/// `resources/templates/list`.
#[expect(clippy::needless_pass_by_value, reason = "the signature of `ServerHandler::list_resource_templates`")]
pub fn list_resource_templates<S: GuardedServer>(
    request: Option<PaginatedRequestParams>,
    context: RequestContext<RoleServer>,
) -> Result<ListResourceTemplatesResult, ErrorData> {
    if S::guarded().resources().is_empty() {
        return Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>());
    }
    let list = List::open(request.as_ref(), &context)?;
    let items = list.show(S::guarded().resources().templates(), |template| &mut template.meta);
    page!(ListResourceTemplatesResult, list, items)
}
