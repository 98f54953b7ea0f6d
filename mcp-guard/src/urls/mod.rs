//! The URLs of this server and of its authorization servers, and the rules for them.

mod resource_url;
mod secure_url;

pub(crate) use resource_url::ResourceUrl;
pub(crate) use secure_url::LOCALHOST;
pub(crate) use secure_url::is_endpoint;
pub(crate) use secure_url::is_issuer;
pub(crate) use secure_url::is_loopback;
pub(crate) use secure_url::is_plain;
pub(crate) use secure_url::is_secure;
