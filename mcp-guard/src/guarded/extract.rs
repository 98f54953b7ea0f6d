//! Extractors of tokens and claims, for guarded operations and axum handlers.

use std::convert::Infallible;
use std::str::FromStr;

use axum::Json;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use rmcp::handler::server::common::{AsRequestContext, FromContextPart};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::lock;
use super::resource::no_such_resource;
use crate::operation::Arguments;
use crate::operation::Needs;
use crate::policy::{Refusal, Requirement};
use crate::request::Caller;
use crate::rule::Rule;
use crate::scope::ScopeSet;
use crate::token::{Claims, ClaimsError, ValidatedToken};
use crate::wire::ChallengeError;
use crate::wire::rest::RestBody;

const LACKS_CLAIM: &str = "The access token lacks a required claim";
const UNREADABLE_CLAIMS: &str = "The server cannot read the claims of the access token";

/// Extracts one parameter of an operation. Generated code calls it, so that a type that is not an extractor is reported
/// at that type.
pub fn extract<C, T: FromContextPart<C>>(context: &mut C) -> Result<T, ErrorData> {
    T::from_context_part(context)
}

/// Extracts an `Option<ValidatedToken>`. The orphan rule forbids implementing rmcp's trait for `Option`, so generated
/// code calls this function.
pub fn extract_optional_token<C: AsRequestContext>(context: &mut C) -> Result<Option<ValidatedToken>, ErrorData> {
    Ok(token_of(context))
}

/// A type that a variable of a URI template can be parsed into.
#[diagnostic::on_unimplemented(
    message = "a variable of a URI template cannot be parsed as `{Self}`",
    label = "does not implement `FromStr`",
    note = "take a `String`, a number, or another type that implements `FromStr`"
)]
pub trait Variable: Sized {
    /// Parses the value of a variable. `None` if it is invalid.
    fn read(text: &str) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr> Variable for T {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The `Option` of a variable that can be absent from a URI.
pub trait Optional: Sized {
    /// The type of the variable.
    type Variable: Variable;

    /// Converts from the variable.
    fn from_option(variable: Option<Self::Variable>) -> Self;
}

impl<T: Variable> Optional for Option<T> {
    type Variable = T;

    fn from_option(variable: Self) -> Self {
        variable
    }
}

/// Parses a variable of a resource template. An invalid value means that the resource does not exist.
pub fn variable<T: Variable>(variables: &Arguments, name: &str) -> Result<T, ErrorData> {
    variables.get(name).and_then(Value::as_str).and_then(T::read).ok_or_else(no_such_resource)
}

/// Parses a variable that can be absent from the URI.
pub fn optional_variable<O: Optional>(variables: &Arguments, name: &str) -> Result<O, ErrorData> {
    let read = variables.contains_key(name).then(|| variable(variables, name)).transpose()?;
    Ok(O::from_option(read))
}

fn token_of<C: AsRequestContext>(context: &C) -> Option<ValidatedToken> {
    ValidatedToken::of(context.as_request_context())
}

impl ValidatedToken {
    /// Returns the caller's token, in a method of an `impl ServerHandler` with
    /// [`#[guarded_handler]`](macro@crate::guarded_handler). `None` for an anonymous caller.
    ///
    /// Tools, prompts and resources use a parameter of this type instead.
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        lock::caller(context)?.token_in_request()
    }
}

fn no_token() -> ErrorData {
    Rule::TokenMissing.log();
    ErrorData::invalid_request("Access token required", None)
}

impl<C: AsRequestContext> FromContextPart<C> for ValidatedToken {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        token_of(context).ok_or_else(no_token)
    }
}

impl<C: AsRequestContext, T: DeserializeOwned> FromContextPart<C> for Claims<T> {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        let caller = lock::caller(context.as_request_context());
        let token = caller.and_then(Caller::token_in_request).ok_or_else(no_token)?;
        // The rejection recorded here becomes the response, with its status over HTTP.
        let reject = |refusal| {
            if let Some(caller) = caller {
                caller.in_flight().reject(refusal)
            }
        };
        Self::of(&token).map_err(|error| match error {
            ClaimsError::Missing { .. } => {
                let in_flight = caller.map(Caller::in_flight);
                let needed = in_flight.map(|request| request.challenge_scopes(&ScopeSet::new(), token.scopes()));
                reject(Refusal::InvalidToken { needed: needed.unwrap_or_default() });
                ErrorData::invalid_request(LACKS_CLAIM, None)
            }
            ClaimsError::IllTyped { .. } => {
                tracing::error!(rule = %Rule::ServerError, "{error}");
                reject(Refusal::ServerError);
                ErrorData::internal_error(UNREADABLE_CLAIMS, None)
            }
        })
    }
}

/// The rejection of an axum handler that requires a token.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRejection {
    /// The handler is not behind an `AuthLayer`: `500`, because the server is misconfigured.
    #[error("the request has no caller: install mcp-guard's `AuthLayer` on this route")]
    LayerMissing,
    /// The request has no token: `401` with this challenge. Extract `Option<ValidatedToken>` to accept anonymous
    /// callers.
    #[error("access token required")]
    NoToken {
        /// The value of `WWW-Authenticate`.
        challenge: HeaderValue,
    },
    /// The token lacks baseline scopes: `403` with this challenge.
    #[error("the access token lacks the baseline scopes")]
    InsufficientScope {
        /// The value of `WWW-Authenticate`.
        challenge: HeaderValue,
    },
    /// The token lacks a claim that the handler requires: `401` with this challenge, because another token may have it.
    #[error("the access token lacks the required claim `{claim}`")]
    MissingClaim {
        /// The name of the claim in the handler's type.
        claim: &'static str,
        /// The value of `WWW-Authenticate`.
        challenge: HeaderValue,
    },
    /// The claims do not match the handler's type: `500`, because the server is misconfigured. There is no challenge,
    /// because another token would not help and clients discard their token on a `401`.
    #[error(
        "the claims of the access token do not match `{type_name}`: \
         compare the type with the tokens of the authorization server"
    )]
    IllTypedClaims {
        /// The name of the handler's type.
        type_name: &'static str,
    },
}

debug_as_display!(TokenRejection);

impl TokenRejection {
    /// Returns the rule that rejects the request.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::LayerMissing => Rule::LayerMissing,
            Self::NoToken { .. } => Rule::TokenMissing,
            Self::InsufficientScope { .. } => Rule::Scope,
            Self::MissingClaim { .. } => Rule::ClaimMissing,
            Self::IllTypedClaims { .. } => Rule::ServerError,
        }
    }
}

impl IntoResponse for TokenRejection {
    fn into_response(self) -> Response {
        let (rule, text) = (self.rule(), self.to_string());
        let body = |error: Option<ChallengeError>, error_description| {
            let error = error.map(ChallengeError::code);
            Json(RestBody { error, error_description, scope: String::new() })
        };
        let rejected = |status, challenge: HeaderValue, error| {
            rule.log();
            (status, [(WWW_AUTHENTICATE, challenge)], body(error, &text)).into_response()
        };
        match self {
            Self::LayerMissing => {
                tracing::error!(%rule, "{text}");
                (StatusCode::INTERNAL_SERVER_ERROR, body(None, &text)).into_response()
            }
            Self::NoToken { challenge } => rejected(StatusCode::UNAUTHORIZED, challenge, None),
            Self::MissingClaim { challenge, .. } => {
                rejected(StatusCode::UNAUTHORIZED, challenge, Some(ChallengeError::InvalidToken))
            }
            Self::InsufficientScope { challenge } => {
                rejected(StatusCode::FORBIDDEN, challenge, Some(ChallengeError::InsufficientScope))
            }
            Self::IllTypedClaims { .. } => {
                tracing::error!(%rule, "{text}");
                // The name of the type is only logged.
                (StatusCode::INTERNAL_SERVER_ERROR, body(None, UNREADABLE_CLAIMS)).into_response()
            }
        }
    }
}

/// Extracts the caller's token if it has the baseline scopes. [`require`](ValidatedToken::require) knows the scope hierarchy.
impl<S: Sync> FromRequestParts<S> for ValidatedToken {
    type Rejection = TokenRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Caller>().ok_or(TokenRejection::LayerMissing)?;
        let challenger = caller.challenger().ok_or(TokenRejection::LayerMissing)?;
        let challenge = |error, needed: &ScopeSet| challenger.challenge(error, needed);
        let Some(token) = caller.token_in_request() else {
            return Err(TokenRejection::NoToken { challenge: challenge(None, caller.policy().baseline()) });
        };
        match caller.authorize(&Needs::new(&Requirement::Authenticated)) {
            Ok(()) => Ok(token),
            Err(refusal) => {
                let needed = match &refusal {
                    Refusal::InsufficientScope { needed, .. } => needed,
                    _ => caller.policy().baseline(),
                };
                let challenge = challenge(Some(ChallengeError::InsufficientScope), needed);
                Err(TokenRejection::InsufficientScope { challenge })
            }
        }
    }
}

/// Extracts `None` for an anonymous caller, and for routes without an authentication layer.
impl<S: Sync> OptionalFromRequestParts<S> for ValidatedToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Caller>().and_then(Caller::token_in_request))
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = TokenRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let token = <ValidatedToken as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        Self::of(&token).map_err(|error| match error {
            ClaimsError::Missing { claim } => {
                let caller = parts.extensions.get::<Caller>();
                let Some((caller, challenger)) = caller.and_then(|caller| Some((caller, caller.challenger()?))) else {
                    return TokenRejection::LayerMissing;
                };
                // The challenge names the baseline scopes, which the token has: it lacks a claim, not a scope.
                let challenge = challenger.challenge(Some(ChallengeError::InvalidToken), caller.policy().baseline());
                TokenRejection::MissingClaim { claim, challenge }
            }
            ClaimsError::IllTyped { type_name } => TokenRejection::IllTypedClaims { type_name },
        })
    }
}
