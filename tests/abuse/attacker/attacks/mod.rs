//! The attacks, one module per family.

mod bodies;
mod endless;
mod frames;
mod idle;
mod panics;
mod revocation;
mod sessions;
mod slow;
mod tokens;
mod unread;

use std::io;

use futures::future::BoxFuture;

use crate::context::Context;
use crate::tally::Tally;

/// An attack with a limited number of clients and a limited duration. Its connections close when it ends or is dropped.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Context) -> BoxFuture<'static, io::Result<Outcome>>,
}

/// The result of one run of an attack.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) answers: Tally,
    pub(crate) notes: Vec<String>,
    pub(crate) failures: Vec<String>,
}

impl Outcome {
    fn new(answers: Tally) -> Self {
        Self { answers, ..Self::default() }
    }

    /// Fails for every answer that is not expected.
    fn expecting(answers: Tally, expected: &[&str]) -> Self {
        let mut outcome = Self::new(answers);
        outcome.expect(expected);
        outcome
    }

    fn expect(&mut self, expected: &[&str]) {
        let allowed: usize = expected.iter().map(|answer| self.answers.count(answer)).sum();
        let unexpected = self.answers.total() - allowed;
        if unexpected > 0 {
            let (total, expected) = (self.answers.total(), expected.join(" or "));
            self.failures.push(format!("{unexpected} of {total} outcomes are not {expected}"));
        }
    }
}

/// Every attack, in the order of the drill.
pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "one-byte-chunks-unauthenticated",
        run: |context| Box::pin(bodies::chunks_unauthenticated(context)),
    },
    Attack { name: "one-byte-chunks-with-token", run: |context| Box::pin(bodies::chunks_with_token(context)) },
    Attack { name: "large-bodies", run: |context| Box::pin(bodies::large(context)) },
    Attack { name: "dense-bodies", run: |context| Box::pin(bodies::dense(context)) },
    Attack { name: "simultaneous-initialize", run: |context| Box::pin(sessions::initialize_at_once(context)) },
    Attack { name: "repeated-ids", run: |context| Box::pin(sessions::repeat_ids(context)) },
    Attack { name: "idle-http1", run: |context| Box::pin(idle::http1(context)) },
    Attack { name: "idle-http2", run: |context| Box::pin(idle::http2(context)) },
    Attack { name: "idle-http2-in-headers", run: |context| Box::pin(idle::http2_in_headers(context)) },
    Attack { name: "slow-heads", run: |context| Box::pin(slow::heads(context)) },
    Attack { name: "slow-bodies", run: |context| Box::pin(slow::bodies(context)) },
    Attack { name: "unread-http1", run: |context| Box::pin(unread::http1(context)) },
    Attack { name: "unread-http2", run: |context| Box::pin(unread::http2(context)) },
    Attack { name: "panics-stateless", run: |context| Box::pin(panics::stateless(context)) },
    Attack { name: "panics-in-session", run: |context| Box::pin(panics::in_session(context)) },
    Attack { name: "endless-calls-stateless", run: |context| Box::pin(endless::stateless(context)) },
    Attack { name: "endless-calls-in-session", run: |context| Box::pin(endless::in_session(context)) },
    Attack { name: "bad-tokens", run: |context| Box::pin(tokens::flood(context)) },
    Attack { name: "many-addresses", run: |context| Box::pin(tokens::many_addresses(context)) },
    Attack { name: "revocation", run: |context| Box::pin(revocation::streams(context)) },
    Attack { name: "http2-endless-bodies", run: |context| Box::pin(frames::endless_bodies(context)) },
    Attack { name: "http2-one-byte-frames", run: |context| Box::pin(frames::one_byte_frames(context)) },
    Attack { name: "http2-endless-headers", run: |context| Box::pin(frames::endless_headers(context)) },
];
