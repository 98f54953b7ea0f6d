//! The causes of failed connections, and the advice for the operator.

use std::error::Error;
use std::io;

/// The variables that other programs read for a proxy.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// A name that cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[error("the name {name} cannot be resolved ({reason})")]
pub(super) struct LookupError {
    pub(super) name: String,
    pub(super) reason: String,
}

/// Returns the innermost cause, which is the most specific: "connection refused", not "error sending request".
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().unwrap_or(error).to_string()
}

/// Returns the cause of this type, if there is one.
pub(super) fn cause<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// Returns the innermost cause, followed by advice if there is any.
pub(super) fn cause_with_advice(error: &(dyn Error + 'static)) -> String {
    let cause = innermost(error);
    match chain(error).find_map(advice) {
        Some(advice) => format!("{cause}: {advice}"),
        None => cause,
    }
}

/// Returns advice about an environment variable that other programs use, if it is set.
pub(super) fn proxy_advice(var: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<String> {
    let name = PROXY_VARIABLES.into_iter().find(|name| var(name).is_some_and(|value| !value.is_empty()))?;
    Some(format!(
        "; {name} is set, but not used: to send requests through a proxy, call `.egress_proxy(..)` or set MCP_GUARD_EGRESS_PROXY"
    ))
}

/// Returns the errors from the outermost to the innermost. An [`io::Error`] hides the error that it wraps from
/// `source()`.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    })
}

fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if error.is::<LookupError>() {
        return Some("check the name, and the DNS settings of this system");
    }
    match error.downcast_ref().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => return Some("check that the server runs, and its port"),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            return Some("there is no route from this system: check its network and its firewall");
        }
        _ => {}
    }
    // rustls and the operating systems have different types for this error.
    error.to_string().contains("UnknownIssuer").then_some(
        "the CA of the server is not trusted: for a private CA, call `.ca_file(..)` or set MCP_GUARD_CA_FILE",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_followed_by_advice() {
        let lookup = || LookupError { name: "auth.example.com".to_owned(), reason: "no answer".to_owned() };
        let cases: [(io::Error, &str); 6] = [
            (io::ErrorKind::ConnectionRefused.into(), "connection refused: check that the server runs, and its port"),
            (io::ErrorKind::NetworkUnreachable.into(), "network unreachable: there is no route"),
            (io::ErrorKind::HostUnreachable.into(), "host unreachable: there is no route"),
            (io::Error::other(lookup()), "the name auth.example.com cannot be resolved (no answer): check the name"),
            (io::Error::other("invalid peer certificate: UnknownIssuer"), "UnknownIssuer: the CA of the server"),
            (io::ErrorKind::ConnectionReset.into(), "connection reset"),
        ];
        for (error, expected) in cases {
            // Wrapped twice, as HTTP clients do.
            let text = cause_with_advice(&io::Error::other(io::Error::other(error)));
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn proxy_advice_requires_a_proxy_variable() {
        for (name, value, is_given) in [
            ("HTTPS_PROXY", "http://127.0.0.1:3128", true),
            ("https_proxy", "http://127.0.0.1:3128", true),
            ("ALL_PROXY", "http://127.0.0.1:3128", true),
            ("HTTPS_PROXY", "", false),
            ("NO_PROXY", "x", false),
        ] {
            let advice = proxy_advice(|asked| (asked == name).then(|| value.into()));
            assert_eq!(advice.is_some_and(|advice| advice.contains(name)), is_given, "{name}={value}");
        }
    }
}
