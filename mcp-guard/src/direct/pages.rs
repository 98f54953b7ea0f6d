//! The serialized results of lists and of `server/discover`.
//!
//! A result depends on the caller only by what it may see, so it is serialized once for each set of visible operations
//! and each revision.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use rmcp::model::{ClientRequest, ServerResult};

use super::Revision;
use super::dispatcher::IS_JSON;
use crate::operation::{Entry, Operation, Operations};
use crate::policy::{Requirement, Visibility};
use crate::request::Caller;
use crate::scope::ScopeSet;

/// The largest number of results, and of callers' scope sets that are assigned to one. The tables are emptied beyond it.
const MAX_PAGES: usize = 256;

/// The results that one server has serialized.
pub(super) struct Pages {
    operations: &'static dyn Operations,
    by_scopes: Mutex<HashMap<(Page, ScopeSet), KeptResult>>,
    by_visible: Mutex<HashMap<(Page, Vec<bool>), KeptResult>>,
}

/// A serialized result, with the brace that ends its response.
#[derive(Clone, Debug)]
pub(super) struct KeptResult(pub(super) Bytes);

impl KeptResult {
    pub(super) fn new(result: &ServerResult) -> Self {
        let mut serialized = serde_json::to_vec(result).expect(IS_JSON);
        serialized.push(b'}');
        Self(serialized.into())
    }
}

/// The request of a result.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum List {
    Discover,
    Tools,
    Prompts,
    Resources,
    Templates,
}

/// A result, without the caller's scopes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Page {
    list: List,
    revision: Revision,
    is_anonymous: bool,
}

/// A caller's view of a page.
#[derive(Debug)]
pub(super) struct View {
    page: Page,
    /// Empty if all callers see the same operations.
    scopes: ScopeSet,
}

impl Pages {
    pub(super) fn new(operations: &'static dyn Operations) -> Self {
        Self { operations, by_scopes: Mutex::default(), by_visible: Mutex::default() }
    }

    /// Returns the caller's view of the result of this request. `None` if the result must not be kept: the server
    /// implements the method itself, or the caller may not use it.
    pub(super) fn view(&self, request: &ClientRequest, revision: &Revision, caller: &Caller) -> Option<View> {
        let list = match request {
            ClientRequest::DiscoverRequest(_) => List::Discover,
            ClientRequest::ListToolsRequest(_) => List::Tools,
            ClientRequest::ListPromptsRequest(_) => List::Prompts,
            ClientRequest::ListResourcesRequest(_) => List::Resources,
            ClientRequest::ListResourceTemplatesRequest(_) => List::Templates,
            _ => return None,
        };
        // The same decision as the lock of the lists.
        if self.operations.has_own_handler() || !caller.is_allowed(&Requirement::Public) {
            return None;
        }
        let scopes = match caller.policy().visibility() {
            Visibility::Granted => caller.token().map(|token| token.scopes().clone()).unwrap_or_default(),
            Visibility::All | Visibility::Marked => ScopeSet::new(),
        };
        let page = Page { list, revision: revision.clone(), is_anonymous: caller.token().is_none() };
        Some(View { page, scopes })
    }

    /// Returns the serialized result.
    pub(super) fn get(&self, view: &View, caller: &Caller) -> Option<KeptResult> {
        let key = (view.page.clone(), view.scopes.clone());
        if let Some(result) = find(&self.by_scopes, &key) {
            return Some(result);
        }
        // Another caller with other scopes may see the same operations.
        let result = find(&self.by_visible, &(view.page.clone(), self.visible(view, caller)))?;
        insert(&self.by_scopes, key, result.clone());
        Some(result)
    }

    /// Keeps a serialized result.
    pub(super) fn keep(&self, view: View, caller: &Caller, result: KeptResult) {
        insert(&self.by_visible, (view.page.clone(), self.visible(&view, caller)), result.clone());
        insert(&self.by_scopes, (view.page, view.scopes), result);
    }

    /// Returns which of the operations in the list the caller may see. Empty if all callers see the same ones.
    fn visible(&self, view: &View, caller: &Caller) -> Vec<bool> {
        if caller.policy().visibility() != Visibility::Granted {
            return Vec::new();
        }
        let is_listed = |operation: &Operation<'_>| {
            matches!(
                (view.page.list, operation),
                (List::Tools, Operation::Tool(_))
                    | (List::Prompts, Operation::Prompt(_))
                    | (List::Resources, Operation::Resource(_))
                    | (List::Templates, Operation::Template(_))
            )
        };
        let is_visible = |entry: &Entry| caller.may_call(entry);
        let listed = self.operations.entries().filter(|(operation, _)| is_listed(operation));
        listed.map(|(_, entry)| is_visible(entry)).collect()
    }
}

opaque_debug!(Pages);

fn find<K: Eq + Hash>(table: &Mutex<HashMap<K, KeptResult>>, key: &K) -> Option<KeptResult> {
    table.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
}

fn insert<K: Eq + Hash>(table: &Mutex<HashMap<K, KeptResult>>, key: K, result: KeptResult) {
    let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
    if table.len() >= MAX_PAGES {
        table.clear();
    }
    table.insert(key, result);
}
