//! The contents of lists, filtered for the caller.

use std::borrow::Cow;

use rmcp::model::{
    CacheScope, ListPromptsRequestMethod, ListPromptsResult, ListResourceTemplatesRequestMethod,
    ListResourceTemplatesResult, ListResourcesRequestMethod, ListResourcesResult, ListToolsResult, MetaObject,
    PaginatedRequestParams, ProtocolVersion, ResultType, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::{GuardedServer, lock};
use crate::operation::Entry;
use crate::policy::{Requirement, Visibility};
use crate::request::Caller;
use crate::scope::ScopeSet;

/// The member of `_meta` where ChatGPT reads the requirement of an operation.
const SECURITY_SCHEMES: &str = "securitySchemes";

/// A list request. The response is one page with all items that the caller may see.
///
/// There is only one page, so every cursor is invalid. A cursor could otherwise skip the filter.
struct List<'c> {
    caller: &'c Caller,
    /// Whether the client expects a cache lifetime and scope in the response.
    cacheable: bool,
}

impl<'c> List<'c> {
    fn open(
        request: Option<&PaginatedRequestParams>,
        context: &'c RequestContext<RoleServer>,
    ) -> Result<Self, ErrorData> {
        let caller = lock::open_to(context, &Requirement::Public)?;
        if request.is_some_and(|request| request.cursor.is_some()) {
            return Err(ErrorData::invalid_params("Unknown cursor", None));
        }
        let cacheable = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        Ok(Self { caller, cacheable })
    }

    /// Returns the visible items. `meta` returns the `_meta` of an item.
    fn show<'i, T: Clone + 'i>(
        &self,
        items: impl Iterator<Item = (&'i T, &'i Entry)>,
        meta: fn(&mut T) -> &mut Option<MetaObject>,
    ) -> Vec<T> {
        let policy = self.caller.policy();
        items
            .filter(|(_, entry)| match policy.visibility() {
                Visibility::All | Visibility::Marked => true,
                Visibility::Granted => self.caller.may_call(entry),
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

    /// Returns whether the list is the same for every caller.
    fn is_same_for_all(&self) -> bool {
        let policy = self.caller.policy();
        match policy.visibility() {
            Visibility::All => true,
            Visibility::Granted => false,
            Visibility::Marked => !policy.hides_requirements(),
        }
    }

    /// Returns the cache scope. A list is public only if it is the same for all callers and the server accepts
    /// anonymous callers. Otherwise a shared cache would show it to unauthorized callers (MCP, "Choosing a Cache
    /// Scope").
    fn cache_scope(&self) -> CacheScope {
        if self.caller.policy().allows_anonymous() && self.is_same_for_all() {
            CacheScope::Public
        } else {
            CacheScope::Private
        }
    }
}

/// Builds the result of a list. The order of the items is stable (MCP, "Listing Tools").
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

/// Handles `tools/list`.
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

/// Handles `prompts/list`.
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

/// Handles `resources/list`.
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

/// Handles `resources/templates/list`.
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
