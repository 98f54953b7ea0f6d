//! The question and the answer of RFC 7662.

use http::StatusCode;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::authentication::Credentials;
use super::question::{Cause, Question, Verdict, object, refused};
use crate::validate::fetch::Reply;

#[derive(Debug)]
pub(crate) struct Rfc7662(pub(crate) Credentials);

impl Rfc7662 {
    /// RFC 7662 section 2.1.
    pub(super) fn question(&self, token: &str) -> Result<Question, Cause> {
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token).append_pair("token_type_hint", "access_token");
        let authorization = self.0.present(&mut form)?;
        Ok(Question { authorization, content_type: "application/x-www-form-urlencoded", body: form.finish() })
    }

    /// RFC 7662 sections 2.2 and 2.3. Nothing but `active` is guaranteed to be there.
    pub(super) fn verdict(&self, reply: &Reply, endpoint: &Url) -> Result<Verdict, Cause> {
        if reply.status == StatusCode::BAD_REQUEST && is_unsupported(reply, endpoint) {
            return Ok(Verdict::Inactive);
        }
        if reply.status != StatusCode::OK {
            return Err(refused(reply.status));
        }
        let mut claims = object(reply, endpoint)?;
        match claims.get("active") {
            Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => return Ok(Verdict::Inactive),
            _ => return Err(Cause::Answer("`active` is neither true nor false")),
        }
        // What an authorization server does not know it may write as null, but nobody is bound to nothing.
        claims.retain(|name, value| name == "cnf" || !value.is_null());
        Ok(Verdict::Active(claims))
    }
}

/// Whether the answer is that of RFC 7009 section 2.2.1 to a token that this endpoint is not for, which some authorization servers give here as well. It
/// speaks of the token: whoever sends a JWT where tokens are opaque has not found an outage.
fn is_unsupported(reply: &Reply, endpoint: &Url) -> bool {
    object(reply, endpoint)
        .is_ok_and(|answer| answer.get("error").is_some_and(|error| error == "unsupported_token_type"))
}
