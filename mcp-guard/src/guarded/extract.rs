//! Tokens and claims as parameters of tools and of axum handlers.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::extract::OptionalFromRequestParts;
use axum::response::IntoResponse;
use axum::response::Response;
use http::HeaderValue;
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::handler::server::common::AsRequestContext;
use rmcp::handler::server::common::FromContextPart;
use rmcp::service::RequestContext;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::lock;
use super::resource::no_such_resource;
use crate::operation::Arguments;
use crate::policy::Decision;
use crate::policy::Refusal;
use crate::policy::Requirement;
use crate::request::Caller;
use crate::scope::ScopeSet;
use crate::token::Claims;
use crate::token::ClaimsError;
use crate::token::ValidatedToken;
use crate::wire::BearerError;

const LACKS_CLAIM: &str = "the access token lacks a claim that this operation needs";
const UNREADABLE_CLAIMS: &str = "the server cannot read the claims of the access token";

/// Extracts one parameter of an operation. Generated code calls it, so that a type which is no extractor is reported on that type.
pub fn extract<C, T: FromContextPart<C>>(context: &mut C) -> Result<T, ErrorData> {
    T::from_context_part(context)
}

/// Extracts an `Option<ValidatedToken>`. The orphan rule forbids to implement rmcp's trait for `Option`, so generated code calls this instead.
pub fn extract_optional_token<C: AsRequestContext>(context: &mut C) -> Result<Option<ValidatedToken>, ErrorData> {
    Ok(token_of(context))
}

/// What a variable of a URI template can be read as.
#[diagnostic::on_unimplemented(
    message = "a variable of a URI template cannot be parsed as `{Self}`",
    label = "does not implement `FromStr`",
    note = "take a `String`, a number, or another type that implements `FromStr`"
)]
pub trait Variable: Sized {
    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr> Variable for T {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The `Option` of a variable that a URI may leave out.
pub trait Optional: Sized {
    /// What is in it.
    type Variable: Variable;

    /// Wraps it.
    fn from_option(variable: Option<Self::Variable>) -> Self;
}

impl<T: Variable> Optional for Option<T> {
    type Variable = T;

    fn from_option(variable: Self) -> Self {
        variable
    }
}

/// Reads a variable of a resource template. One that cannot be read as `T` names no resource.
pub fn variable<T: Variable>(variables: &Arguments, name: &str) -> Result<T, ErrorData> {
    variables.get(name).and_then(Value::as_str).and_then(T::read).ok_or_else(no_such_resource)
}

/// Reads a variable that a URI may leave out.
pub fn optional_variable<O: Optional>(variables: &Arguments, name: &str) -> Result<O, ErrorData> {
    let read = variables.contains_key(name).then(|| variable(variables, name)).transpose()?;
    Ok(O::from_option(read))
}

fn token_of<C: AsRequestContext>(context: &C) -> Option<ValidatedToken> {
    ValidatedToken::of(context.as_request_context())
}

impl ValidatedToken {
    /// The caller's token, for a method that is written by hand in an `impl ServerHandler` with [`#[guarded_handler]`](macro@crate::guarded_handler).
    /// `None` for an anonymous caller.
    ///
    /// Tools, prompts and resources take it as a parameter.
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        lock::caller(context)?.token_in_request()
    }
}

fn no_token() -> ErrorData {
    ErrorData::invalid_request(
        "this operation needs an access token, and the caller presented none; take `Option<ValidatedToken>` where a tool is public",
        None,
    )
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
        // The refusal that is recorded here becomes the response, with its status over HTTP.
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
                tracing::error!("{error}");
                reject(Refusal::ServerError);
                ErrorData::internal_error(UNREADABLE_CLAIMS, None)
            }
        })
    }
}

/// Why an axum handler that asks for a token did not run.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRejection {
    /// The handler is not behind an `AuthLayer`: `500`, because that is a mistake of the server.
    #[error("no caller is known: is this route behind mcp-guard's `AuthLayer`?")]
    LayerMissing,
    /// The caller presented no token: `401` with this challenge. Take `Option<ValidatedToken>` where anonymous callers are welcome.
    #[error("an access token is needed")]
    NoToken {
        /// `WWW-Authenticate`.
        challenge: HeaderValue,
    },
    /// The token does not hold the baseline scopes: `403` with this challenge.
    #[error("the access token does not hold the scopes that every request needs")]
    InsufficientScope {
        /// `WWW-Authenticate`.
        challenge: HeaderValue,
    },
    /// The token lacks a claim that the handler needs, so it is not good enough: `401` with this challenge. Another token may have it.
    #[error("the access token lacks the claim `{claim}`, which this operation needs")]
    MissingClaim {
        /// The claim, as the handler's type names it.
        claim: &'static str,
        /// `WWW-Authenticate`.
        challenge: HeaderValue,
    },
    /// The handler's type does not fit what the authorization server sends: `500`, because that is a mistake of the server. There is no challenge: no
    /// other token would help, and clients throw good tokens away on a `401`.
    #[error(
        "the claims of the access token do not fit `{type_name}`: compare it with what the authorization server sends"
    )]
    IllTypedClaims {
        /// The handler's type.
        type_name: &'static str,
    },
}

impl IntoResponse for TokenRejection {
    fn into_response(self) -> Response {
        let text = self.to_string();
        match self {
            Self::LayerMissing => {
                tracing::error!("{text}");
                (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
            }
            Self::NoToken { challenge } | Self::MissingClaim { challenge, .. } => {
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)], text).into_response()
            }
            Self::InsufficientScope { challenge } => {
                (StatusCode::FORBIDDEN, [(WWW_AUTHENTICATE, challenge)], text).into_response()
            }
            Self::IllTypedClaims { .. } => {
                tracing::error!("{text}");
                // The name of the type is for the log.
                (StatusCode::INTERNAL_SERVER_ERROR, UNREADABLE_CLAIMS).into_response()
            }
        }
    }
}

/// The caller's token, if it holds the baseline scopes.
impl<S: Sync> FromRequestParts<S> for ValidatedToken {
    type Rejection = TokenRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Caller>().ok_or(TokenRejection::LayerMissing)?;
        let challenger = caller.challenger().ok_or(TokenRejection::LayerMissing)?;
        let challenge = |error, needed: &ScopeSet| challenger.challenge(error, needed);
        match (caller.token(), caller.decide(&Requirement::Authenticated)) {
            (Some(token), Decision::Allow) => Ok(token.clone()),
            (Some(_), Decision::Forbid { needed, .. } | Decision::Authenticate { needed }) => {
                let challenge = challenge(Some(BearerError::InsufficientScope), &needed);
                Err(TokenRejection::InsufficientScope { challenge })
            }
            (None, _) => Err(TokenRejection::NoToken { challenge: challenge(None, caller.policy().baseline()) }),
        }
    }
}

/// `None` for an anonymous caller, and also where no layer looked for a token.
impl<S: Sync> OptionalFromRequestParts<S> for ValidatedToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Caller>().and_then(|caller| caller.token().cloned()))
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
                // A challenge names the baseline, which the token holds: what it lacks is no scope.
                let challenge = challenger.challenge(Some(BearerError::InvalidToken), caller.policy().baseline());
                TokenRejection::MissingClaim { claim, challenge }
            }
            ClaimsError::IllTyped { type_name } => TokenRejection::IllTypedClaims { type_name },
        })
    }
}
