//! Whether an operation takes nothing from the connection of its request. Decided by types, while compiling.
//!
//! An associated constant of a type is found before that of a trait, if its bounds hold. So a type that follows a rule has
//! the constant `true`. Every other type, such as a type parameter, has the constant `false` of [`Connected`].

use std::marker::PhantomData;

use rmcp::ErrorData;
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::model::{
    CallToolResult, GetPromptResult, IntoContents, JsonObject, PromptMessage, ReadResourceResult, ResourceContents,
};

use crate::guarded::ResourceUri;
use crate::token::{Claims, ValidatedToken};

/// The default: the type may depend on the connection.
pub trait Connected {
    /// Whether the type is independent of the connection.
    const DIRECT: bool = false;
}

/// A type, and the rule that it is checked against.
#[derive(Debug)]
pub struct Probe<Rule, T: ?Sized>(PhantomData<Rule>, PhantomData<T>);

impl<Rule, T: ?Sized> Connected for Probe<Rule, T> {}

impl<Rule, T: Follows<Rule> + ?Sized> Probe<Rule, T> {
    /// Whether the type is independent of the connection.
    pub const DIRECT: bool = true;
}

/// The rule for parameters: they come from the arguments, the token or the URI.
#[derive(Debug)]
#[non_exhaustive]
pub enum FromRequest {}
/// The rule for the results of tools: they are complete.
#[derive(Debug)]
#[non_exhaustive]
pub enum ToolResult {}
/// A second rule for the results of tools, because a type may implement rmcp's trait for contents later.
#[derive(Debug)]
#[non_exhaustive]
pub enum Contents {}
/// The rule for the results of prompts.
#[derive(Debug)]
#[non_exhaustive]
pub enum PromptResult {}
/// The rule for the results of resources.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResourceResult {}

/// A type that follows a rule. Implemented only here.
pub trait Follows<Rule> {}

impl<T> Follows<FromRequest> for Parameters<T> {}
impl Follows<FromRequest> for JsonObject {}
impl Follows<FromRequest> for ValidatedToken {}
impl<T> Follows<FromRequest> for Claims<T> {}
impl Follows<FromRequest> for ResourceUri {}

impl<T> Follows<ToolResult> for Json<T> {}
impl Follows<ToolResult> for CallToolResult {}
impl Follows<ToolResult> for ErrorData {}
impl<T: IntoContents> Follows<Contents> for T {}

impl Follows<PromptResult> for String {}
impl Follows<PromptResult> for PromptMessage {}
impl Follows<PromptResult> for Vec<PromptMessage> {}
impl Follows<PromptResult> for GetPromptResult {}

impl Follows<ResourceResult> for String {}
impl Follows<ResourceResult> for Vec<u8> {}
impl<T> Follows<ResourceResult> for Json<T> {}
impl Follows<ResourceResult> for ResourceContents {}
impl Follows<ResourceResult> for Vec<ResourceContents> {}
impl Follows<ResourceResult> for ReadResourceResult {}
