//! Guarded prompts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::ErrorData;
use rmcp::handler::server::prompt::PromptContext;
use rmcp::model::{GetPromptResponse, Prompt};

use super::entry_limits::limits_of;
use super::input::ClientInput;
use super::lock;
use super::lock::LockError;
use crate::operation::{Arguments, Entry, Problem, ScopesFor};
use crate::policy::Requirement;

/// The future of a prompt's result.
type PromptFuture<'c> = BoxFuture<'c, Result<GetPromptResponse, ErrorData>>;
type Get<S> = dyn for<'c> Fn(PromptContext<'c, S>) -> PromptFuture<'c> + Send + Sync;

/// A prompt, its requirement, and its function.
pub struct GuardedPrompt<S> {
    prompt: Prompt,
    entry: Arc<Entry>,
    get: Box<Get<S>>,
}

impl<S: Send + Sync + 'static> GuardedPrompt<S> {
    /// Guards `get` with `requirement`, and with the scopes that `scopes_for` computes from the arguments.
    #[must_use]
    pub fn new<F>(prompt: Prompt, requirement: Requirement, scopes_for: Option<ScopesFor>, get: F) -> Self
    where
        F: for<'c> Fn(PromptContext<'c, S>) -> PromptFuture<'c> + Send + Sync + 'static,
    {
        Self { prompt, entry: Arc::new(Entry::new(requirement, scopes_for)), get: Box::new(get) }
    }

    /// Declares that the function takes nothing from the connection of its request. Generated code calls it.
    #[doc(hidden)]
    #[must_use]
    pub fn direct(mut self, is_direct: bool) -> Self {
        self.entry = Arc::new(Arc::unwrap_or_clone(self.entry).direct(is_direct));
        self
    }
}

limits_of!(GuardedPrompt<S>);

impl<S> fmt::Debug for GuardedPrompt<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedPrompt")
            .field("name", &self.prompt.name)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// The prompts of a server with their requirements.
pub struct GuardedPrompts<S> {
    prompts: BTreeMap<String, GuardedPrompt<S>>,
    problems: Vec<Problem>,
}

impl<S: Send + Sync + 'static> GuardedPrompts<S> {
    pub(super) const fn new() -> Self {
        Self { prompts: BTreeMap::new(), problems: Vec::new() }
    }

    /// Adds a prompt. If the name is taken, the first prompt is kept and the server does not build.
    pub fn add(&mut self, prompt: GuardedPrompt<S>) {
        match self.prompts.entry(prompt.prompt.name.clone()) {
            MapEntry::Vacant(free) => {
                free.insert(prompt);
            }
            MapEntry::Occupied(taken) => self.problems.push(Problem::DuplicatePrompt(taken.key().clone())),
        }
    }

    /// Authorizes the caller and gets a prompt.
    pub(super) async fn get(&self, mut context: PromptContext<'_, S>) -> Result<GetPromptResponse, ErrorData> {
        let Some(GuardedPrompt { entry, get, .. }) = self.prompts.get(&context.name) else {
            return Err(ErrorData::invalid_params("Unknown prompt", None));
        };
        let none = Arguments::new();
        lock::open(&context.context, entry, Some(context.arguments.as_ref().unwrap_or(&none)))
            .map_err(|error| LockError::to_error(&error))?;
        ClientInput::open(&mut context.context)?;
        get(context).await
    }
}

impl<S> GuardedPrompts<S> {
    /// Returns the prompts, ordered by name, with their entries.
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
