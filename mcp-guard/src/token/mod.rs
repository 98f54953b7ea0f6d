//! Access tokens: as they arrive, as they are once validated, and why they are refused.

mod bearer;
mod claims;
mod error;
mod fit;
mod insufficient;
mod validated;

pub use bearer::BearerToken;
pub(crate) use bearer::Possession;
pub(crate) use bearer::Thumbprint;
pub use claims::Claims;
pub use claims::ClaimsError;
pub use error::InvalidToken;
pub use error::TokenError;
pub use insufficient::InsufficientScope;
pub(crate) use validated::OwnedPrincipal;
pub use validated::Principal;
pub use validated::TokenParts;
pub use validated::ValidatedToken;
