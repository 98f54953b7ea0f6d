//! The validators of providers that have an endpoint of their own for the question.

use super::IntrospectionValidator;
use super::authentication::basic;
use super::call::Source;
use super::github::GitHub;
use super::github::GitHubSettings;
use super::google;
use super::google::Google;
use super::google::GoogleSettings;
use super::limits::endpoint_url;
use super::rules::AnswerRules;
use crate::validate::ValidatorError;

impl IntrospectionValidator {
    /// Validates the access tokens that Google issues to these clients.
    pub(crate) fn google(settings: GoogleSettings) -> Result<Self, Box<ValidatorError>> {
        let GoogleSettings { client_ids, endpoint, limits } = settings;
        let rules = AnswerRules {
            parties: client_ids.clone(),
            must_expire: true,
            ..AnswerRules::new(google::ISSUER.to_owned(), client_ids, limits.leeway.as_secs())
        };
        Self::new(rules, &endpoint, Source::Google(Google), &limits)
    }

    /// Validates the access tokens that GitHub issues to this application. Their subject is the user's number, which stays when the name changes.
    pub(crate) fn github(settings: GitHubSettings) -> Result<Self, Box<ValidatorError>> {
        let GitHubSettings { client_id, client_secret, issuer, api, limits } = settings;
        if client_id.is_empty() || client_secret.is_empty() {
            return Err(ValidatorError::Credentials { reason: "the client id or the secret is empty" }.into());
        }
        let mut endpoint = endpoint_url(&api).ok_or(ValidatorError::IntrospectionEndpoint)?;
        endpoint.path_segments_mut().map_err(|()| ValidatorError::IntrospectionEndpoint)?.pop_if_empty().extend([
            "applications",
            &client_id,
            "token",
        ]);
        let source = Source::GitHub(GitHub {
            credentials: basic(&client_id, &client_secret).map_err(|reason| ValidatorError::Credentials { reason })?,
        });
        let rules = AnswerRules::new(issuer, vec![client_id], limits.leeway.as_secs());
        Self::new(rules, endpoint.as_str(), source, &limits)
    }
}
