//! The URL rules for the resource and for authorization servers.

mod resource_url;
mod same_resource;
mod secure_url;

pub(crate) use resource_url::ResourceUrl;
pub(crate) use same_resource::with_equivalent;
pub(crate) use secure_url::{LOCALHOST, is_endpoint, is_issuer, is_loopback, is_plain, is_secure};
