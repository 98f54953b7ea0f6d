//! Syntax: what the attributes say, with the tokens that said it. Whether it makes sense is for [`valid`](crate::valid) to tell.

mod args;
mod block;
mod block_attr;
mod key;
mod scope_attr;
mod scope_enum;
mod tool_attr;
mod value;

pub(crate) use block::Block;
pub(crate) use block::Marks;
pub(crate) use block_attr::BlockArg;
pub(crate) use block_attr::BlockAttr;
pub(crate) use key::nearest_name as nearest;
pub(crate) use scope_attr::Implied;
pub(crate) use scope_attr::ScopeAttr;
pub(crate) use scope_enum::ScopeEnum;
pub(crate) use scope_enum::ScopeVariant;
pub(crate) use tool_attr::AnnotationArg;
pub(crate) use tool_attr::ToolArg;
pub(crate) use tool_attr::ToolAttr;
pub(crate) use value::ScopeArg;

use syn::Ident;

/// An argument and the key it was given under.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}
