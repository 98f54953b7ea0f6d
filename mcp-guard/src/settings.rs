//! Settings of a server, in groups: values for the methods of [`ResourceServerBuilder`](crate::ResourceServerBuilder).

pub use crate::limit::{Rate, RateLimits};
#[cfg(feature = "docs-page")]
pub use crate::server::DocsPage;
pub use crate::server::{
    Connections, Disclosure, Lifespan, Limits, Network, NoTools, Observation, ResourceMetadata, Sessions, Started,
    Summary, Tools,
};
pub use crate::validate::Dpop;
