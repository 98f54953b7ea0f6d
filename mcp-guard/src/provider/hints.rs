//! Logs the usual reasons why a provider's tokens are rejected.

use std::sync::atomic::{AtomicU32, Ordering};

use super::preset::Card;
use crate::token::InvalidToken;

/// The hints of a provider. Each is logged once, because unauthenticated clients can trigger it.
pub(crate) struct Hints {
    card: &'static Card,
    /// One bit for each logged hint.
    logged: AtomicU32,
}

impl Hints {
    pub(crate) const fn new(card: &'static Card) -> Self {
        Self { card, logged: AtomicU32::new(0) }
    }

    pub(crate) fn log(&self, reason: InvalidToken) {
        for (index, hint) in self.card.hints.iter().enumerate().filter(|(_, hint)| hint.reasons.contains(&reason)) {
            let bit = 1 << index;
            if self.logged.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
                tracing::warn!(provider = self.card.title, %reason, "an access token was rejected: {}", hint.text);
            }
        }
    }
}
