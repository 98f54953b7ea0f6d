//! Renders a refusal as a tool result or a JSON-RPC error, where no HTTP status can express it.

use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::{Value, json};

use super::answer::{INTERNAL_ERROR, NOT_AUTHENTICATED};
use super::{ChallengeError, Challenger};
use crate::policy::{Denial, Refusal};
use crate::scope::{MissingScopes, ScopeSet};

/// The member of `_meta` where ChatGPT reads challenges (OpenAI Apps SDK, "Authentication").
const CHATGPT_CHALLENGE: &str = "mcp/www_authenticate";

impl Refusal {
    fn message(&self) -> String {
        match self {
            Self::NoCaller => NOT_AUTHENTICATED.to_owned(),
            Self::Unauthenticated { .. } => "Access token required".to_owned(),
            Self::InsufficientScope { missing, .. } => MissingScopes(missing).to_string(),
            Self::InvalidToken { .. } => ChallengeError::InvalidToken.description().to_owned(),
            Self::ServerError => INTERNAL_ERROR.to_owned(),
        }
    }

    const fn error(&self) -> Option<ChallengeError> {
        match self {
            Self::InsufficientScope { .. } => Some(ChallengeError::InsufficientScope),
            Self::InvalidToken { .. } => Some(ChallengeError::InvalidToken),
            Self::NoCaller | Self::Unauthenticated { .. } | Self::ServerError => None,
        }
    }

    const fn needed(&self) -> Option<&ScopeSet> {
        match self {
            Self::Unauthenticated { needed }
            | Self::InsufficientScope { needed, .. }
            | Self::InvalidToken { needed } => Some(needed),
            Self::NoCaller | Self::ServerError => None,
        }
    }

    /// Returns the members of an OAuth error, for programs.
    fn details(&self) -> Value {
        let mut details = json!({});
        if let Some(error) = self.error() {
            details["error"] = error.code().into();
        }
        if let Some(needed) = self.needed().filter(|needed| !needed.is_empty()) {
            details["scope"] = needed.to_string().into();
        }
        details
    }

    /// Returns the refusal of a tool call as its result, for users and models.
    pub(crate) fn to_tool_result(&self, challenger: Option<&Challenger>, form: Denial) -> CallToolResult {
        let mut result = CallToolResult::error(vec![ContentBlock::text(self.message())]);
        let mut details = self.details();
        if let Some(challenger) = challenger {
            details["resource_metadata"] = challenger.resource_metadata().into();
            if let Some(needed) = self.needed().filter(|needed| !needed.is_empty()) {
                details["scope"] = challenger.spell(needed).to_string().into();
            }
        }
        result.structured_content = Some(details);
        let challenges =
            matches!(form, Denial::ToolResultWithChallenge) && !matches!(self, Self::NoCaller | Self::ServerError);
        if let Some(challenger) = challenger.filter(|_| challenges) {
            // ChatGPT requires an error even if no token was presented.
            let error = self.error().or(Some(ChallengeError::InsufficientScope));
            let challenge = challenger.challenge(error, self.needed().unwrap_or(&ScopeSet::new()));
            let challenge = challenge.to_str().unwrap_or_default();
            let mut meta = MetaObject::default();
            meta.0.insert(CHATGPT_CHALLENGE.to_owned(), json!([challenge]));
            result.meta = Some(meta);
        }
        result
    }

    /// Returns the refusal of any other request.
    pub(crate) fn to_error(&self) -> ErrorData {
        match self {
            Self::ServerError => ErrorData::internal_error(self.message(), None),
            _ => ErrorData::invalid_request(self.message(), Some(self.details())),
        }
    }
}
