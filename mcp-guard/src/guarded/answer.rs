//! Conversions of return values into the results of prompts and resources.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Json;
use rmcp::model::{
    ContentBlock, GetPromptResponse, GetPromptResult, InputRequiredResult, IntoContents, PromptMessage,
    ReadResourceResponse, ReadResourceResult, ResourceContents, Role,
};
use serde::Serialize;

use crate::token::InsufficientScope;

/// A type that converts into the result of a prompt.
#[diagnostic::on_unimplemented(
    message = "a prompt cannot return `{Self}`",
    label = "cannot be converted into a prompt result",
    note = "return a `String` (a user message), a `PromptMessage`, a `Vec` of them, a `GetPromptResult`, \
            or a `Result` of such types"
)]
pub trait PromptAnswer {
    /// Converts the value into a prompt result.
    ///
    /// # Errors
    ///
    /// The value is an error, or cannot be converted.
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData>;
}

#[diagnostic::do_not_recommend]
impl PromptAnswer for GetPromptResponse {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl PromptAnswer for GetPromptResult {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        Ok(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl PromptAnswer for InputRequiredResult {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        Ok(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl PromptAnswer for Vec<PromptMessage> {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        Ok(GetPromptResult::new(self).into())
    }
}

#[diagnostic::do_not_recommend]
impl PromptAnswer for PromptMessage {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        vec![self].into_prompt()
    }
}

#[diagnostic::do_not_recommend]
impl PromptAnswer for String {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        PromptMessage::new_text(Role::User, self).into_prompt()
    }
}

/// For aliases of `Result`, which a macro cannot recognize.
#[diagnostic::do_not_recommend]
impl<T: PromptAnswer, E: Into<ErrorData>> PromptAnswer for Result<T, E> {
    fn into_prompt(self) -> Result<GetPromptResponse, ErrorData> {
        self.map_err(Into::into)?.into_prompt()
    }
}

/// A type that converts into the contents of a resource.
#[diagnostic::on_unimplemented(
    message = "a resource cannot return `{Self}`",
    label = "cannot be converted into resource contents",
    note = "return a `String`, a `Vec<u8>`, a `Json<T>` where `T: serde::Serialize`, a `ResourceContents`, a `Vec` of them, \
            or a `Result` of such types"
)]
pub trait ResourceAnswer {
    /// Converts the value into the contents of the resource `uri`.
    ///
    /// # Errors
    ///
    /// The value is an error, or cannot be converted.
    fn into_resource(self, uri: &str, mime_type: Option<&str>) -> Result<ReadResourceResponse, ErrorData>;
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for ReadResourceResponse {
    fn into_resource(self, _: &str, _: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for ReadResourceResult {
    fn into_resource(self, _: &str, _: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        Ok(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for InputRequiredResult {
    fn into_resource(self, _: &str, _: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        Ok(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for Vec<ResourceContents> {
    fn into_resource(self, _: &str, _: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        Ok(ReadResourceResult::new(self).into())
    }
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for ResourceContents {
    fn into_resource(self, uri: &str, mime_type: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        vec![self].into_resource(uri, mime_type)
    }
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for String {
    fn into_resource(self, uri: &str, mime_type: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        ResourceContents::text(self, uri)
            .with_mime_type(mime_type.unwrap_or("text/plain"))
            .into_resource(uri, mime_type)
    }
}

#[diagnostic::do_not_recommend]
impl ResourceAnswer for Vec<u8> {
    fn into_resource(self, uri: &str, mime_type: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        let contents = ResourceContents::blob(STANDARD.encode(self), uri);
        contents.with_mime_type(mime_type.unwrap_or("application/octet-stream")).into_resource(uri, mime_type)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> ResourceAnswer for Json<T> {
    fn into_resource(self, uri: &str, mime_type: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        let text = serde_json::to_string(&self.0).map_err(|error| {
            tracing::error!(%error, "cannot serialize a resource as JSON");
            ErrorData::internal_error("Cannot serialize the resource as JSON", None)
        })?;
        text.into_resource(uri, Some(mime_type.unwrap_or("application/json")))
    }
}

/// For aliases of `Result`, which a macro cannot recognize.
#[diagnostic::do_not_recommend]
impl<T: ResourceAnswer, E: Into<ErrorData>> ResourceAnswer for Result<T, E> {
    fn into_resource(self, uri: &str, mime_type: Option<&str>) -> Result<ReadResourceResponse, ErrorData> {
        self.map_err(Into::into)?.into_resource(uri, mime_type)
    }
}

/// Lets a tool return it as its error: `token.require(..)?`.
impl IntoContents for InsufficientScope {
    fn into_contents(self) -> Vec<ContentBlock> {
        vec![ContentBlock::text(self.to_string())]
    }
}

/// Lets a prompt, a resource or a method return it as its error: `token.require(..)?`.
impl From<InsufficientScope> for ErrorData {
    fn from(error: InsufficientScope) -> Self {
        Self::invalid_request(error.to_string(), None)
    }
}
