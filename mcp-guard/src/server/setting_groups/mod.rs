//! Groups of server settings.

mod disclosure;
mod limits;
mod metadata;
mod network;
mod observation;
mod sessions;

pub use disclosure::Disclosure;
pub use limits::Limits;
pub use metadata::ResourceMetadata;
pub use network::Network;
pub use observation::Observation;
pub use sessions::Sessions;
