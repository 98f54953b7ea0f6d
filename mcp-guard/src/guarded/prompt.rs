//! Prompts that carry their lock.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::handler::server::prompt::PromptContext;
use rmcp::model::GetPromptResponse;
use rmcp::model::Prompt;

use super::lock;
use super::lock::LockError;
use crate::operation::Arguments;
use crate::operation::Entry;
use crate::operation::Problem;
use crate::operation::ScopesFor;
use crate::policy::Requirement;

/// What a prompt answers.
type PromptFuture<'c> = BoxFuture<'c, Result<GetPromptResponse, ErrorData>>;
type Get<S> = dyn for<'c> Fn(PromptContext<'c, S>) -> PromptFuture<'c> + Send + Sync;

/// A prompt, its requirement, and the function behind both.
pub struct GuardedPrompt<S> {
    prompt: Prompt,
    entry: Arc<Entry>,
    get: Box<Get<S>>,
}

impl<S: Send + Sync + 'static> GuardedPrompt<S> {
    /// Locks `get` with `requirement`, and with the further scopes that `scopes_for` computes from the arguments.
    #[must_use]
    pub fn new<F>(prompt: Prompt, requirement: Requirement, scopes_for: Option<ScopesFor>, get: F) -> Self
    where
        F: for<'c> Fn(PromptContext<'c, S>) -> PromptFuture<'c> + Send + Sync + 'static,
    {
        Self { prompt, entry: Arc::new(Entry::new(requirement, scopes_for)), get: Box::new(get) }
    }
}

impl<S> fmt::Debug for GuardedPrompt<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedPrompt")
            .field("name", &self.prompt.name)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// The prompts of a server, each with its requirement.
pub struct GuardedPrompts<S> {
    prompts: BTreeMap<String, GuardedPrompt<S>>,
    problems: Vec<Problem>,
}

impl<S: Send + Sync + 'static> GuardedPrompts<S> {
    pub(super) const fn new() -> Self {
        Self { prompts: BTreeMap::new(), problems: Vec::new() }
    }

    /// Adds a prompt. Of two with one name the first one stays, and the server does not build.
    pub fn add(&mut self, prompt: GuardedPrompt<S>) {
        match self.prompts.entry(prompt.prompt.name.clone()) {
            MapEntry::Vacant(free) => {
                free.insert(prompt);
            }
            MapEntry::Occupied(taken) => self.problems.push(Problem::DuplicatePrompt(taken.key().clone())),
        }
    }

    /// Gets a prompt, if the lock opens.
    pub(super) async fn get(&self, context: PromptContext<'_, S>) -> Result<GetPromptResponse, ErrorData> {
        let Some(GuardedPrompt { entry, get, .. }) = self.prompts.get(&context.name) else {
            return Err(ErrorData::invalid_params("Unknown prompt", None));
        };
        let none = Arguments::new();
        match lock::open(&context.context, entry, Some(context.arguments.as_ref().unwrap_or(&none))) {
            Ok(_) => get(context).await,
            Err(shut) => Err(LockError::to_error(&shut)),
        }
    }
}

impl<S> GuardedPrompts<S> {
    /// The prompts, ordered by name, with what guards each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Prompt, &Entry)> {
        self.prompts.values().map(|prompt| (&prompt.prompt, prompt.entry.as_ref()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.prompts.is_empty()
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Arc<Entry>> {
        self.prompts.get(name).map(|prompt| &prompt.entry)
    }

    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }
}

impl<S> fmt::Debug for GuardedPrompts<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.prompts.values()).finish()
    }
}
