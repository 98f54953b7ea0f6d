//! Reads a request body into one buffer, within limits of size, time and memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use futures::poll;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::budget::{Exhausted, Share};
use crate::rule::Rule;

/// The smallest buffer that is allocated for a body. Most bodies fit.
const FIRST_BUFFER: usize = 1024;

/// The limits for one body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// The largest body, in bytes.
    pub(super) bytes: usize,
    /// The time limit for receiving it.
    pub(super) time: Duration,
}

/// The reason why a body cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyError {
    TooLarge,
    TooSlow,
    Broken,
    /// The memory budget for request bodies is exhausted.
    NoRoom,
    /// The parsed message would take more memory than one request may use.
    TooComplex,
}

impl BodyError {
    /// Returns the rule that rejects the body.
    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::TooLarge => Rule::BodyLimit,
            Self::TooSlow => Rule::BodyTimeout,
            Self::Broken => Rule::BodyIncomplete,
            Self::NoRoom => Rule::BodyMemory,
            Self::TooComplex => Rule::BodyValues,
        }
    }
}

impl From<Exhausted> for BodyError {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::Now => Self::NoRoom,
            Exhausted::Always => Self::TooComplex,
        }
    }
}

/// A received body, with its share of the budget.
#[derive(Debug)]
pub(super) struct Received {
    bytes: Vec<u8>,
    share: Share,
    parsed: usize,
}

/// Counts the memory of a parsed message.
#[derive(Debug)]
pub(super) struct ParsedCount<'r> {
    share: &'r mut Share,
    parsed: &'r mut usize,
}

impl ParsedCount<'_> {
    /// Adds this memory.
    ///
    /// # Errors
    ///
    /// [`BodyError::NoRoom`] when the budget is exhausted.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.share.grow(bytes)?;
        *self.parsed += bytes;
        Ok(())
    }
}

/// Keeps the share of a body until the last owner is dropped.
#[derive(Clone, Debug)]
pub(super) struct ShareGuard(Arc<Mutex<Share>>);

/// Shrinks the share to the size of the arguments when the body and the parser's data are dropped.
#[derive(Debug)]
struct ShrinkToArguments {
    share: ShareGuard,
    arguments: usize,
}

impl Drop for ShrinkToArguments {
    fn drop(&mut self) {
        self.share.0.lock().unwrap_or_else(PoisonError::into_inner).shrink_to(self.arguments);
    }
}

/// Reads a body.
///
/// # Errors
///
/// [`BodyError`] when a limit is exceeded or the body is incomplete.
pub(super) async fn read(mut body: Body, limits: BodyLimits, share: Share) -> Result<Received, BodyError> {
    // A client that announces too many bytes does not need to send them.
    if body.size_hint().lower() > limits.bytes as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut received = Received { bytes: Vec::new(), share, parsed: 0 };
    let mut deadline = None;
    loop {
        // Most bodies have already arrived and need no timer.
        let mut next = body.frame();
        let frame = match poll!(&mut next) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let deadline = *deadline.get_or_insert_with(|| tokio::time::Instant::now() + limits.time);
                tokio::time::timeout_at(deadline, next).await.map_err(|_| BodyError::TooSlow)?
            }
        };
        let Some(frame) = frame else { return Ok(received) };
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        received.append(&data, limits.bytes)?;
    }
}

impl Received {
    /// Appends a copy of `data`. Keeping a small chunk would keep its whole allocation.
    fn append(&mut self, data: &Bytes, limit: usize) -> Result<(), BodyError> {
        let length = self.bytes.len() + data.remaining();
        if length > limit {
            return Err(BodyError::TooLarge);
        }
        if length > self.bytes.capacity() {
            // Doubled, so that many small chunks do not cause a copy each.
            let capacity = length.max(2 * self.bytes.capacity()).max(FIRST_BUFFER).min(limit);
            self.share.grow(capacity - self.bytes.capacity())?;
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    /// Returns the body.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the body, and the count of the memory for its message.
    pub(super) fn split(&mut self) -> (&[u8], ParsedCount<'_>) {
        (&self.bytes, ParsedCount { share: &mut self.share, parsed: &mut self.parsed })
    }

    /// Returns the body as shared bytes, and its share for the owners of the arguments.
    ///
    /// When the last clone of the bytes is dropped, rmcp has parsed them. The share then shrinks to the arguments,
    /// which take half of the memory of parsing (measured).
    pub(super) fn into_shared(self) -> (Bytes, ShareGuard) {
        struct Owner {
            bytes: Vec<u8>,
            _shrink: ShrinkToArguments,
        }

        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                &self.bytes
            }
        }

        let share = ShareGuard(Arc::new(Mutex::new(self.share)));
        let shrink = ShrinkToArguments { share: share.clone(), arguments: self.parsed / 2 };
        (Bytes::from_owner(Owner { bytes: self.bytes, _shrink: shrink }), share)
    }
}

#[cfg(test)]
mod tests;
