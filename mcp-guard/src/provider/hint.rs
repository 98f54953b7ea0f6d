//! The usual reason why a provider's tokens are refused, for whoever operates the server.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use super::preset::Preset;
use crate::token::BearerToken;
use crate::token::TokenError;
use crate::token::ValidatedToken;
use crate::validate::Readiness;
use crate::validate::TokenValidator;

/// Prints each hint once: whoever sends bad tokens must not be able to fill the log.
pub(super) struct Hinting<V> {
    pub(super) validator: V,
    pub(super) preset: &'static Preset,
    /// A bit for each hint.
    told: AtomicU32,
}

impl<V> Hinting<V> {
    pub(super) const fn new(validator: V, preset: &'static Preset) -> Self {
        Self { validator, preset, told: AtomicU32::new(0) }
    }

    fn tell(&self, error: &TokenError) {
        let TokenError::Invalid(reason) = error else { return };
        for (index, hint) in self.preset.hints.iter().enumerate().filter(|(_, hint)| hint.reasons.contains(reason)) {
            let bit = 1 << index;
            if self.told.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
                tracing::warn!(
                    provider = self.preset.title,
                    "an access token was refused because {reason}: {}",
                    hint.text
                );
            }
        }
    }
}

impl<V: TokenValidator> TokenValidator for Hinting<V> {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        self.validator.validate(token).await.inspect_err(|error| self.tell(error))
    }

    fn readiness(&self) -> Readiness {
        self.validator.readiness()
    }
}
