//! The request and the response of RFC 7662.

use http::StatusCode;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::authentication::Credentials;
use super::exchange::{CallError, EndpointRequest, TokenStatus, object, unexpected_status};
use crate::validate::fetch::Reply;

#[derive(Debug)]
pub(crate) struct Rfc7662(pub(crate) Credentials);

impl Rfc7662 {
    /// Builds the request (RFC 7662 section 2.1).
    pub(super) fn request(&self, token: &str) -> Result<EndpointRequest, CallError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token).append_pair("token_type_hint", "access_token");
        let authorization = self.0.present(&mut form)?;
        Ok(EndpointRequest { authorization, content_type: "application/x-www-form-urlencoded", body: form.finish() })
    }

    /// Reads the response (RFC 7662 sections 2.2 and 2.3). Only `active` is required.
    pub(super) fn token_status(&self, reply: &Reply, endpoint: &Url) -> Result<TokenStatus, CallError> {
        if reply.status == StatusCode::BAD_REQUEST && is_unsupported(reply, endpoint) {
            return Ok(TokenStatus::Inactive);
        }
        if reply.status != StatusCode::OK {
            return Err(unexpected_status(reply.status));
        }
        let claims = object(reply, endpoint)?;
        match claims.get("active") {
            Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => return Ok(TokenStatus::Inactive),
            _ => return Err(CallError::Answer("`active` is neither true nor false")),
        }
        Ok(TokenStatus::Active(claims))
    }
}

/// Returns whether the response is the `unsupported_token_type` error of RFC 7009 section 2.2.1, which some
/// authorization servers also send here. It describes the token: a client that sends a JWT to an endpoint for opaque
/// tokens causes no outage.
fn is_unsupported(reply: &Reply, endpoint: &Url) -> bool {
    object(reply, endpoint)
        .is_ok_and(|answer| answer.get("error").is_some_and(|error| error == "unsupported_token_type"))
}
