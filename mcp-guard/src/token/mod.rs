//! Access tokens: as received, as validated, and the reasons for rejecting them.

mod bearer;
mod claims;
mod claims_de;
mod error;
mod insufficient;
mod late_scopes;
mod validated;

pub use bearer::BearerToken;
pub(crate) use bearer::{Possession, Thumbprint};
pub use claims::Claims;
pub(crate) use claims::ClaimsError;
pub use error::{InvalidToken, TokenError};
pub use insufficient::InsufficientScope;
pub(crate) use late_scopes::LateScopes;
pub(crate) use validated::OwnedPrincipal;
pub use validated::{Principal, TokenParts, ValidatedToken};
