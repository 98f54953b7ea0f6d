//! Rates such as `10/minute`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use crate::config::{ConfigError, Setting};

/// The maximum number of requests in a window, such as `10/minute`.
///
/// A caller that was idle may send all of these requests at once. After that, one more is allowed each time that the
/// window divided by the number has passed: after a burst of ten, `10/minute` allows one request every six seconds.
///
/// ```
/// use mcp_guard::settings::Rate;
///
/// assert_eq!("10/minute".parse::<Rate>()?, Rate::per_minute(10));
/// # Ok::<(), mcp_guard::error::ConfigError>(())
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Rate {
    requests: NonZeroU32,
    window: Window,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Window {
    Second,
    Minute,
    Hour,
    Day,
}

impl Window {
    const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 60 * 60,
            Self::Day => 24 * 60 * 60,
        }
    }
}

impl Rate {
    /// The expected form of a rate, for errors.
    pub(crate) const EXPECTED: &'static str =
        "a number of requests and a window, like \"10/minute\": second, minute, hour or day";

    const fn new(requests: u32, window: Window) -> Self {
        // In a constant, this is an error of the compiler.
        let Some(requests) = NonZeroU32::new(requests) else { panic!("a rate must allow at least one request") };
        Self { requests, window }
    }

    /// Returns a rate of this many requests per second.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    pub const fn per_second(requests: u32) -> Self {
        Self::new(requests, Window::Second)
    }

    /// Returns a rate of this many requests per minute.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    pub const fn per_minute(requests: u32) -> Self {
        Self::new(requests, Window::Minute)
    }

    /// Returns a rate of this many requests per hour.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    pub const fn per_hour(requests: u32) -> Self {
        Self::new(requests, Window::Hour)
    }

    /// Returns a rate of this many requests per day.
    ///
    /// # Panics
    ///
    /// The number is zero.
    #[must_use]
    pub const fn per_day(requests: u32) -> Self {
        Self::new(requests, Window::Day)
    }

    /// Returns the number of requests in a window.
    #[must_use]
    pub const fn requests(self) -> u32 {
        self.requests.get()
    }

    /// Returns the window.
    #[must_use]
    pub const fn window(self) -> Duration {
        Duration::from_secs(self.window.seconds() as u64)
    }

    pub(super) fn quota(self) -> governor::Quota {
        let interval = self.window() / self.requests.get();
        // A rate of more than a request per nanosecond is not reachable.
        let quota = governor::Quota::with_period(interval.max(Duration::from_nanos(1)));
        quota.expect("the interval is not zero").allow_burst(self.requests)
    }
}

impl FromStr for Rate {
    type Err = ConfigError;

    /// Parses a rate like `10/minute`. The windows are `second`, `minute`, `hour` and `day`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let parse = || {
            let (requests, window) = text.split_once('/')?;
            // `parse` accepts a sign.
            let requests = requests.bytes().all(|byte| byte.is_ascii_digit()).then(|| requests.parse().ok())??;
            let window = Window::ALL.into_iter().find(|one| one.name() == window)?;
            Some(Self { requests, window })
        };
        parse().ok_or_else(|| ConfigError::invalid(Setting::Rate, text, Self::EXPECTED))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, self.window.name())
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_parsed_and_printed() {
        let valid = [
            ("1/second", Rate::per_second(1)),
            ("10/minute", Rate::per_minute(10)),
            ("4294967295/hour", Rate::per_hour(u32::MAX)),
            ("7/day", Rate::per_day(7)),
        ];
        for (text, rate) in valid {
            assert_eq!(text.parse(), Ok(rate));
            assert_eq!(rate.to_string(), text);
            assert_eq!(rate.quota().burst_size().get(), rate.requests());
        }
        let invalid = [
            "",
            "/",
            "10",
            "10/",
            "/minute",
            "0/minute",
            "-1/minute",
            "+1/minute",
            "1.5/minute",
            "ten per minute",
            "10/minutes",
            "10 / minute",
            "10/Minute",
            "10/week",
            "4294967296/second",
            "10/minute/2",
        ];
        for text in invalid {
            let error = text.parse::<Rate>().unwrap_err().to_string();
            assert!(error.contains("10/minute"), "{text:?}: {error}");
        }
    }
}
