//! The information that callers get about operations.

use std::sync::Arc;

use crate::policy::{Client, Denial, Denials, Visibility};

/// Settings for the information that callers get about operations they are not authorized to use.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Disclosure {
    pub(in crate::server) hide_requirements: bool,
    pub(in crate::server) name_granted_scopes: bool,
    pub(in crate::server) visibility: Visibility,
    pub(in crate::server) denials: Denials,
}

impl Disclosure {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names only the baseline scopes in a `401`, so that unauthenticated callers do not learn the requirement of each
    /// tool. Clients then need one more step-up. Default: off.
    pub const fn hide_requirements(mut self) -> Self {
        self.hide_requirements = true;
        self
    }

    /// Also names the granted scopes of the token in a `403`. Default: off.
    ///
    /// Some clients (TypeScript SDK v1, VS Code) replace their scopes with the scopes of the challenge instead of
    /// adding them. A list longer than 2 KiB is omitted.
    pub const fn name_granted_scopes(mut self) -> Self {
        self.name_granted_scopes = true;
        self
    }

    /// Sets how lists show operations that the caller is not authorized to use. Default: like all others. Clients can
    /// then call them, receive a challenge, and request the missing scopes.
    pub const fn visibility(mut self, visibility: Visibility) -> Self {
        self.visibility = visibility;
        self
    }

    /// Sets how a rejected tool call is reported to the client. Default: HTTP `403`.
    pub const fn denial(mut self, denial: Denial) -> Self {
        self.denials.usual = denial;
        self
    }

    /// Sets how a rejected tool call is reported, for each client. `None` selects the form of [`denial`](Self::denial).
    ///
    /// ```
    /// # use mcp_guard::policy::Denial;
    /// # use mcp_guard::settings::Disclosure;
    /// let disclosure = Disclosure::new().denial_for(|client| {
    ///     client.user_agent()?.starts_with("openai-mcp/").then_some(Denial::ToolResultWithChallenge)
    /// });
    /// ```
    pub fn denial_for(mut self, choose: impl Fn(&Client<'_>) -> Option<Denial> + Send + Sync + 'static) -> Self {
        self.denials.choose = Some(Arc::new(choose));
        self
    }
}
