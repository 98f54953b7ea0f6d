//! The revocations of one or more servers.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::{Duration, SystemTime};

use super::clock::{Clock, seconds};
use super::revocation::{Kind, Revocation, issuers};
use super::table::{Digester, Table};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::scope::Scope;
use crate::token::{InvalidToken, ValidatedToken};

/// The default of [`Revocations::max_entries`].
const MAX_ENTRIES: usize = 1_000_000;
/// The accepted excess over the longest lifetime, in seconds: some issuers date `iat` back.
const TOLERANCE: u64 = 5 * 60;
/// How much longer than the longest lifetime an entry is needed, in seconds: the tolerance, and the maximum leeway of an
/// issuer, for `exp` and for an `iat` in the future.
const MARGIN: u64 = TOLERANCE + 2 * 5 * 60;

/// Revoked tokens. Clones share the revocations: one for the application, one for each of its servers.
///
/// An entry expires when the last affected token has. For this, the server must know the longest lifetime of a token, and
/// rejects tokens that could live longer with the rule `token_lifetime`: [`new`](Self::new).
///
/// The revocations are in memory. They are lost with the process, and other processes do not know them.
///
/// # Security
///
/// The time of a revocation is that of this server, and `iat` that of the issuer. If the clock of the issuer is ahead, a
/// token that it issued just before may have a later `iat`. Stop the issuer from issuing tokens first, and revoke then.
/// `iat` has seconds: a token that is issued within the second of the revocation is revoked as well.
#[derive(Clone)]
#[must_use]
pub struct Revocations {
    shared: Arc<Shared>,
    /// Not shared: only some of the servers may have the route.
    route: Option<AdminRoute>,
}

/// The route that adds revocations.
#[derive(Clone, Debug)]
pub(crate) struct AdminRoute {
    pub(crate) path: String,
    pub(crate) scope: Scope,
}

struct Shared {
    /// The longest lifetime of a token, in seconds. `None`: entries never expire.
    longest: Option<u64>,
    clock: Clock,
    digester: Digester,
    table: RwLock<Table>,
    attached: Mutex<Vec<Weak<dyn Revocable>>>,
}

/// Something that ends when its token is revoked, such as the open streams of a server.
pub(crate) trait Revocable: Send + Sync {
    /// Ends everything whose token is revoked. Must not wait, and must add an entry before it calls
    /// [`Revocations::is_revoked`] for it, so that no revocation in between is missed.
    fn end_revoked(&self, is_revoked: &dyn Fn(&ValidatedToken) -> bool);
}

impl Revocations {
    /// Returns an empty value. No token is valid for longer than `longest_token`: 24 hours is a usual value.
    ///
    /// Tokens with a longer lifetime (`iat` to `exp`), with a longer remaining lifetime if they have no `iat`, and tokens
    /// without `exp` are rejected: their revocation would expire before them. Five minutes more are accepted.
    pub fn new(longest_token: Duration) -> Self {
        Self::with_longest(Some(longest_token.as_secs()))
    }

    /// Returns an empty value whose revocations never expire, for tokens of any lifetime. A restart removes them.
    pub fn without_expiry() -> Self {
        Self::with_longest(None)
    }

    fn with_longest(longest: Option<u64>) -> Self {
        let lifetime = longest.map(|longest| longest.saturating_add(MARGIN));
        let shared = Shared {
            longest,
            clock: Clock::start(),
            digester: Digester::default(),
            table: RwLock::new(Table::new(lifetime, MAX_ENTRIES).created_at(seconds(SystemTime::now()))),
            attached: Mutex::default(),
        };
        Self { shared: Arc::new(shared), route: None }
    }

    /// Sets the maximum number of revocations, for all clones. Default: 1,000,000, which take about 70 MB.
    pub fn max_entries(self, entries: usize) -> Self {
        self.shared.write().set_max(entries);
        self
    }

    /// Adds a route to the server of this clone: `POST` at this path adds a revocation. Callers need this scope, in
    /// addition to the baseline. Default: no route.
    ///
    /// [`ResourceServer::serve`](crate::ResourceServer::serve) and [`run`](crate::ResourceServer::run) include it. An
    /// application merges [`ResourceServer::revocation_router`](crate::ResourceServer::revocation_router). The body is a
    /// subject identifier (RFC 9493): `docs/revocation.md` lists its forms.
    ///
    /// # Security
    ///
    /// A caller with this scope can lock out every user. Grant it to operators only, and to no client of the MCP
    /// endpoint.
    pub fn admin_route(mut self, path: impl Into<String>, scope: impl Into<Scope>) -> Self {
        self.route = Some(AdminRoute { path: path.into(), scope: scope.into() });
        self
    }

    /// Revokes tokens. Their next request is rejected with `401`, and their open streams, calls, subscriptions, tasks and
    /// legacy sessions end. Does not wait for their end. A second revocation of the same tokens moves the first one forward.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with [`Setting::Revocation`] if the revocation names nothing, and with [`Setting::MaxRevocations`]
    /// if there are too many that have not expired. The tokens are not revoked then.
    pub fn revoke(&self, revocation: &Revocation) -> Result<(), ConfigError> {
        revocation.check()?;
        let kind = revocation.kind();
        let digest = self.shared.digester.digest(kind, revocation.issuer_name(), revocation.value());
        let now = self.shared.clock.now();
        let mut table = self.shared.write();
        let (inserted, max) = (table.insert(kind, digest, now), table.max());
        drop(table);
        inserted.map_err(|_| {
            tracing::error!(max, "a revocation is rejected: raise `Revocations::max_entries`");
            ConfigError::invalid(
                Setting::MaxRevocations,
                max.to_string(),
                "more than the revocations that have not expired",
            )
        })?;
        tracing::debug!(by = kind.claim(), "tokens revoked");
        for attached in self.attached() {
            attached.end_revoked(&|token| revocation.names(token) && self.is_revoked(token));
        }
        Ok(())
    }

    /// Returns whether a token is revoked.
    #[must_use]
    pub fn is_revoked(&self, token: &ValidatedToken) -> bool {
        let Shared { clock, digester, .. } = &*self.shared;
        let table = self.shared.read();
        let mut kinds = Kind::ALL.into_iter().filter(|kind| table.may_have(*kind)).peekable();
        if kinds.peek().is_none() {
            return false;
        }
        let now = clock.now();
        let issued = issued_at(token, now.wall);
        let affects = |kind: Kind, time: u64| !kind.depends_on_time() || issued.is_none_or(|issued| issued <= time);
        kinds.any(|kind| {
            issuers(token).any(|issuer| {
                let mut times =
                    kind.values(token).map(|value| table.time_of(digester.digest(kind, issuer, value), now));
                times.any(|time| time.is_some_and(|time| affects(kind, time)))
            })
        })
    }

    /// Rejects a token that is revoked, and one that could outlive its revocation.
    pub(crate) fn check(&self, token: &ValidatedToken) -> Result<(), InvalidToken> {
        if self.is_revoked(token) {
            return Err(InvalidToken::Revoked);
        }
        let Some(longest) = self.shared.longest else { return Ok(()) };
        let expires = seconds(token.expires_at().ok_or(InvalidToken::Lifetime)?);
        // Without `iat`, only the rest of the lifetime is known.
        let now = self.shared.clock.now().wall;
        let issued = issued_at(token, now).unwrap_or(now);
        let is_accepted = expires.saturating_sub(issued) <= longest.saturating_add(TOLERANCE);
        if is_accepted { Ok(()) } else { Err(InvalidToken::Lifetime) }
    }

    /// Ends the entries of `target` when their tokens are revoked, until it is dropped.
    pub(crate) fn attach<T: Revocable + 'static>(&self, target: &Arc<T>) {
        let target: Weak<T> = Arc::downgrade(target);
        let mut attached = self.shared.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.retain(|target| target.strong_count() > 0);
        attached.push(target);
    }

    /// Returns the route of this clone.
    pub(crate) const fn route(&self) -> Option<&AdminRoute> {
        self.route.as_ref()
    }

    /// Checks the settings.
    pub(crate) fn check_settings(&self, mistakes: &mut Mistakes) {
        mistakes.check(self.shared.longest != Some(0), || {
            ConfigError::invalid(Setting::LongestToken, "0 s", "at least one second, such as 24 hours")
        });
        mistakes.check(self.shared.read().max() > 0, || {
            ConfigError::invalid(Setting::MaxRevocations, "0", "at least 1, 1000000 by default")
        });
    }

    fn attached(&self) -> Vec<Arc<dyn Revocable>> {
        let attached = self.shared.attached.lock().unwrap_or_else(PoisonError::into_inner);
        attached.iter().filter_map(Weak::upgrade).collect()
    }
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        // No change can panic halfway.
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the `iat` in whole seconds. A claim in another form, or in the future, counts as absent, which rejects more
/// tokens.
fn issued_at(token: &ValidatedToken, now: u64) -> Option<u64> {
    let issued = token.claims().get("iat")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
    let issued =
        issued.as_u64().or_else(|| issued.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64));
    issued.filter(|issued| *issued <= now.saturating_add(MARGIN))
}

opaque_debug!(Revocations);

#[cfg(test)]
mod tests;
