//! The methods that every kind of guarded operation has for its entry.

/// Adds the methods that change the enforcement and the limits of an operation with the field `entry`.
macro_rules! limits_of {
    ($operation:ident $(<$parameter:ident>)?) => {
        impl$(<$parameter>)? $operation$(<$parameter>)? {
            /// Only records missing scopes, instead of refusing the call. See
            /// [`Enforcement::ReportOnly`](crate::policy::Enforcement::ReportOnly). The baseline is still enforced.
            #[must_use]
            pub fn report_only(mut self) -> Self {
                self.entry = std::sync::Arc::new(std::sync::Arc::unwrap_or_clone(self.entry).report_only());
                self
            }

            /// Limits the calls of each caller. Further calls get `429`.
            #[must_use]
            pub fn limit(mut self, rate: crate::limit::Rate) -> Self {
                self.entry = std::sync::Arc::new(std::sync::Arc::unwrap_or_clone(self.entry).with_rate(rate));
                self
            }

            /// Limits the calls of each caller that are in progress. Further calls get `429`.
            #[must_use]
            pub fn concurrent(mut self, max: std::num::NonZeroU32) -> Self {
                self.entry = std::sync::Arc::new(std::sync::Arc::unwrap_or_clone(self.entry).with_concurrency(max));
                self
            }
        }
    };
}

pub(super) use limits_of;
