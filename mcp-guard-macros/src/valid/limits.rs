//! The limits of an operation: `limit = "10/minute"` and `concurrent = 2`.

use syn::{Expr, ExprLit, Lit, LitStr};

use crate::attr::{GuardArg, GuardAttr};
use crate::diagnostics::Diagnostics;

/// The limits for the calls of each caller.
#[derive(Debug, Default)]
pub(crate) struct Limits<'a> {
    pub(crate) rate: Option<Rate<'a>>,
    /// The maximum number of calls in progress. Not zero.
    pub(crate) concurrent: Option<u32>,
}

/// A rate such as `10/minute`.
#[derive(Debug)]
pub(crate) struct Rate<'a> {
    pub(crate) text: &'a LitStr,
    /// Not zero.
    pub(crate) requests: u32,
    /// `second`, `minute`, `hour` or `day`.
    pub(crate) window: &'static str,
}

const WINDOWS: [&str; 4] = ["second", "minute", "hour", "day"];

/// Checks the limits of an attribute.
pub(super) fn check<'a>(attr: &'a GuardAttr, diagnostics: &mut Diagnostics) -> Limits<'a> {
    let mut limits = Limits::default();
    for arg in &attr.args {
        match &arg.value {
            GuardArg::Limit(Some(text)) => limits.rate = rate(text, diagnostics),
            GuardArg::Concurrent(Some(max)) => limits.concurrent = concurrent(max, diagnostics),
            _ => {}
        }
    }
    limits
}

fn rate<'a>(text: &'a LitStr, diagnostics: &mut Diagnostics) -> Option<Rate<'a>> {
    let value = text.value();
    let parsed = value.split_once('/').and_then(|(requests, window)| {
        let window = WINDOWS.into_iter().find(|one| *one == window)?;
        Some(Rate { text, requests: number(requests)?, window })
    });
    if parsed.is_none() {
        let wrong = diagnostics.push(text, format_args!("expected a rate, like `limit = \"10/minute\"`"));
        match intended(&value) {
            Some(rate) => wrong.help(format_args!("write `limit = \"{rate}\"`")),
            None => wrong.help("write a number above zero and a window: `second`, `minute`, `hour` or `day`"),
        };
    }
    parsed
}

/// Parses a number of calls: digits only, and not zero.
fn number(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number > 0)
}

/// Returns the rate that a text with a number and the start of a window means, such as `10 per min`.
fn intended(text: &str) -> Option<String> {
    let requests = number(text.split(|letter: char| !letter.is_ascii_digit()).find(|part| !part.is_empty())?)?;
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic());
    let window = |word: &str| {
        let word = word.to_ascii_lowercase();
        WINDOWS.into_iter().find(|window| !word.is_empty() && (window.starts_with(&word) || word.starts_with(window)))
    };
    let mut windows = words.filter_map(window);
    let window = windows.next()?;
    windows.next().is_none().then(|| format!("{requests}/{window}"))
}

fn concurrent(max: &Expr, diagnostics: &mut Diagnostics) -> Option<u32> {
    let number = match max {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok().filter(|max| *max > 0),
        _ => None,
    };
    if number.is_none() {
        diagnostics
            .push(max, "expected a number of calls in progress, like `concurrent = 2`")
            .help("the smallest number is 1: one call of each caller at a time");
    }
    number
}
