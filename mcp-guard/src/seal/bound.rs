//! The values that a MAC covers.

use crate::token::Principal;

/// The values that a MAC covers. Each is preceded by its length, so that different lists never have equal bytes.
pub(super) struct Bound(Vec<u8>);

impl Bound {
    /// Starts with the server and the principal. `None` is the anonymous caller.
    pub(super) fn new(server: &str, owner: Option<Principal<'_>>) -> Self {
        Self(Vec::with_capacity(256))
            .and(Some(server))
            .and(owner.map(|owner| owner.issuer()))
            .and(owner.map(|owner| owner.subject()))
            .and(owner.and_then(|owner| owner.client_id()))
    }

    /// Adds a value. No value is different from an empty one.
    pub(super) fn and<T: AsRef<[u8]> + ?Sized>(mut self, value: Option<&T>) -> Self {
        let value = value.map(AsRef::as_ref);
        self.0.extend(value.map_or(u64::MAX, |value| value.len() as u64).to_be_bytes());
        self.0.extend_from_slice(value.unwrap_or_default());
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
