//! Syntax: parses the attributes into structs that keep the tokens. [`valid`](crate::valid) checks their meaning.

mod args;
mod block;
mod block_attr;
mod guard_attr;
mod handler_block;
mod handler_method;
mod key;
mod keyed;
mod kind;
mod scope_attr;
mod scope_enum;
mod value;

pub(crate) use block::{Block, ItemAttrs};
pub(crate) use block_attr::{BlockArg, BlockAttr};
pub(crate) use guard_attr::{AnnotationArg, GuardArg, GuardAttr};
pub(crate) use handler_block::HandlerBlock;
pub(crate) use handler_method::{Role, Subject, nearest_method, role};
pub(crate) use key::nearest_name as nearest;
pub(crate) use keyed::Keyed;
pub(crate) use kind::Kind;
pub(crate) use scope_attr::{Implied, ScopeAttr};
pub(crate) use scope_enum::{ScopeEnum, ScopeVariant};
pub(crate) use value::{Compute, ScopeArg};
