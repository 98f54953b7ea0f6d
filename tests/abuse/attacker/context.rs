//! The target and the size of the attacks.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use mcp_guard_abuse::Announcement;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::control::Control;
use crate::tally::Tally;

/// The size of the drill: the long form has the counts of the security review, the short form is for CI.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Long,
    Short,
}

impl Form {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "long" => Some(Self::Long),
            "short" => Some(Self::Short),
            _ => None,
        }
    }
}

/// The longest server limit that the short form waits for, in seconds.
const SHORT_PATIENCE: u64 = 10;

/// The target and the settings of an attack.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) server: Arc<Announcement>,
    pub(crate) control: Control,
    pub(crate) repetitions: usize,
    form: Form,
}

impl Context {
    pub(crate) fn new(announcement: Announcement, form: Form, repetitions: usize) -> Self {
        let control = Control::new(announcement.control);
        Self { server: Arc::new(announcement), control, repetitions, form }
    }

    pub(crate) fn is_short(&self) -> bool {
        self.form == Form::Short
    }

    pub(crate) fn choose<T>(&self, long: T, short: T) -> T {
        match self.form {
            Form::Long => long,
            Form::Short => short,
        }
    }

    /// Returns the maximum duration of one run of an attack.
    pub(crate) fn limit(&self) -> Duration {
        self.choose(Duration::from_secs(150), Duration::from_secs(30))
    }

    /// Returns how long a connection waits for the others after a phase of an attack.
    pub(crate) fn hold(&self) -> Duration {
        self.choose(Duration::from_secs(30), Duration::from_secs(5))
    }

    /// Returns the maximum time for the server to settle after an attack.
    pub(crate) fn settling(&self) -> Duration {
        self.choose(Duration::from_secs(20), Duration::from_secs(5))
    }

    /// Returns how long to wait until the server closes something after `bound` seconds. `None` if that is too long for
    /// the short form.
    pub(crate) fn patience(&self, bound: u64) -> Option<Duration> {
        let waits = !self.is_short() || bound <= SHORT_PATIENCE;
        // Adds a margin for the server.
        let margin = self.choose(Duration::from_secs(30), Duration::from_secs(5));
        waits.then(|| Duration::from_secs(bound) + margin)
    }

    pub(crate) fn token(&self, name: &str) -> &str {
        self.server.tokens.get(name).map_or("", String::as_str)
    }

    /// Runs `count` clients at once and counts their outcomes. Drops a client after `limit`.
    pub(crate) async fn each<F>(&self, count: usize, limit: Duration, client: impl Fn(usize) -> F) -> Tally
    where
        F: Future<Output = String> + Send + 'static,
    {
        let mut clients = JoinSet::new();
        for index in 0..count {
            clients
                .spawn(timeout(limit, client(index)).map(|outcome| outcome.unwrap_or_else(|_| "no answer".to_owned())));
        }
        let mut tally = Tally::default();
        while let Some(outcome) = clients.join_next().await {
            tally.add(outcome.unwrap_or_else(|_| "the attacker panicked".to_owned()));
        }
        tally
    }
}
