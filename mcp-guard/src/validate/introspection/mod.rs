//! Token introspection for opaque access tokens (RFC 7662).
//!
//! The rules, in order, each with its own test:
//!
//! 1. The token is within the size limit. One hash is the key in both caches, of accepted and of rejected tokens.
//!    (`cache`, `rejected_tokens`)
//! 2. One call serves all requests that wait for the same token. The number of concurrent calls and of waiting tokens
//!    is bounded. (`in_flight_calls`)
//! 3. A call is a POST over TLS with the credentials of this server. (`authentication`, `assertion`)
//! 4. Only status `200` and a JSON object with a boolean `active` is a valid response. Anything else is an error of the
//!    authorization server or of this server, not of the client: `503`. (`call`)
//! 5. The claims in the response are validated: `cnf`, `iss`, `aud`, times, type, subject, scopes. (`answer_rules`)
//!
//! Google and GitHub have their own endpoints for this purpose (`google`, `github`). Only the request and the response
//! format differ.

mod answer_rules;
mod assertion;
mod authentication;
mod call;
mod exchange;
mod github;
mod google;
mod in_flight_calls;
mod introspection_settings;
mod rejected_tokens;
mod rfc7662;
mod validator;

pub(crate) use answer_rules::AnswerRules;
pub use authentication::{ClientAuthentication, PrivateKeyJwt};
pub(crate) use call::CallSource;
pub(crate) use github::GitHub;
pub(crate) use google::Google;
pub(crate) use introspection_settings::{CallLimits, Endpoint, EndpointDiscovery, IntrospectionSettings, endpoint_url};
pub(crate) use rfc7662::Rfc7662;
pub(crate) use validator::IntrospectionValidator;

#[cfg(test)]
mod tests;
