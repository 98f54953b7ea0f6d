//! Syntax: what the attributes say, with the tokens that said it. Whether it makes sense is for [`valid`](crate::valid) to tell.

mod args;
mod block;
mod block_attr;
mod guard_attr;
mod handler;
mod key;
mod kind;
mod scope_attr;
mod scope_enum;
mod value;

pub(crate) use block::Block;
pub(crate) use block::Marks;
pub(crate) use block_attr::BlockArg;
pub(crate) use block_attr::BlockAttr;
pub(crate) use guard_attr::AnnotationArg;
pub(crate) use guard_attr::GuardArg;
pub(crate) use guard_attr::GuardAttr;
pub(crate) use handler::About;
pub(crate) use handler::Handler;
pub(crate) use handler::Role;
pub(crate) use handler::nearest_method;
pub(crate) use handler::role;
pub(crate) use key::nearest_name as nearest;
pub(crate) use kind::Kind;
pub(crate) use scope_attr::Implied;
pub(crate) use scope_attr::ScopeAttr;
pub(crate) use scope_enum::ScopeEnum;
pub(crate) use scope_enum::ScopeVariant;
pub(crate) use value::Compute;
pub(crate) use value::ScopeArg;

use syn::Ident;

/// An argument and the key it was given under.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}
