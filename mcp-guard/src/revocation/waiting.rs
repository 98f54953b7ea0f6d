//! Waits for the end of a token, for work that goes on after its request.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::{Revocable, Revocations};
use crate::token::ValidatedToken;

/// How often the system clock is read: it can be changed, and timers stop while the machine is suspended.
const CLOCK_INTERVAL: Duration = Duration::from_secs(30);

struct Waiting {
    token: ValidatedToken,
    ended: CancellationToken,
}

impl Revocable for Waiting {
    fn end_revoked(&self, is_revoked: &dyn Fn(&ValidatedToken) -> bool) {
        if is_revoked(&self.token) {
            self.ended.cancel();
        }
    }
}

impl Revocations {
    /// Completes when the token is revoked here or expires, for work that goes on after its request.
    ///
    /// ```
    /// # use mcp_guard::ValidatedToken;
    /// # use mcp_guard::revocation::Revocations;
    /// # async fn work() {}
    /// # fn example(revocations: Revocations, token: ValidatedToken) {
    /// tokio::spawn(async move {
    ///     tokio::select! {
    ///         () = work() => {}
    ///         () = revocations.ended(&token) => {}
    ///     }
    /// });
    /// # }
    /// ```
    ///
    /// The token is not validated again: the end of a token at its issuer is not noticed, and neither is
    /// [`Issuer::revoked`](crate::Issuer::revoked).
    pub async fn ended(&self, token: &ValidatedToken) {
        let waiting = Arc::new(Waiting { token: token.clone(), ended: CancellationToken::new() });
        self.attach(&waiting);
        // It may have been revoked before it was attached.
        if !self.is_revoked(token) {
            tokio::select! {
                () = waiting.ended.cancelled() => {}
                () = expiry(token) => {}
            }
        }
    }
}

/// Completes when the token expires.
async fn expiry(token: &ValidatedToken) {
    let Some(expires) = token.expires_at() else { return std::future::pending().await };
    while let Some(left) = expires.duration_since(SystemTime::now()).ok().filter(|left| !left.is_zero()) {
        tokio::time::sleep(left.min(CLOCK_INTERVAL)).await;
    }
}

#[cfg(test)]
mod tests {
    use futures::poll;

    use super::*;
    use crate::revocation::Revocation;
    use crate::token::TokenParts;

    fn token(expires_at: Option<SystemTime>) -> ValidatedToken {
        let (subject, issuer) = ("alice".to_owned(), "i".to_owned());
        ValidatedToken::new(TokenParts { subject, issuer, expires_at, ..TokenParts::default() })
    }

    #[tokio::test]
    async fn background_work_ends_with_its_token() {
        let revocations = Revocations::without_expiry();
        let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
        let (forever, hour) = (token(None), token(Some(in_an_hour)));
        let mut waiting = [&forever, &hour].map(|token| Box::pin(revocations.ended(token)));
        revocations.revoke(&Revocation::subject("i", "bob")).unwrap();
        for wait in &mut waiting {
            assert!(poll!(wait).is_pending());
        }
        revocations.revoke(&Revocation::subject("i", "alice")).unwrap();
        for wait in &mut waiting {
            assert!(poll!(wait).is_ready());
        }
        let already = tokio::time::timeout(Duration::from_secs(20), revocations.ended(&forever)).await;
        assert!(already.is_ok(), "revoked before");
        Revocations::without_expiry().ended(&token(Some(SystemTime::now()))).await;
    }

    #[tokio::test]
    async fn background_work_ends_when_its_token_expires() {
        let soon = SystemTime::now() + Duration::from_millis(20);
        Revocations::without_expiry().ended(&token(Some(soon))).await;
        assert!(SystemTime::now() >= soon);
    }
}
