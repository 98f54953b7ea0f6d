//! The trace id of a request (W3C Trace Context).

/// Returns the trace id in the value of a `traceparent` header. `None` if the value is malformed.
pub(crate) fn id(traceparent: Option<&str>) -> Option<String> {
    let mut parts = traceparent?.split('-');
    let [version, trace, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |text: &str| text.bytes().all(|b| b == b'0');
    let is_valid = is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && !is_zero(trace)
        && is_hex(parent, 16)
        && !is_zero(parent)
        && is_hex(flags, 2)
        // Later versions may add parts.
        && (version != "00" || parts.next().is_none());
    is_valid.then(|| trace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_id_is_taken_from_valid_headers_only() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = "00f067aa0ba902b7";
        for valid in [format!("00-{trace}-{parent}-01"), format!("cc-{trace}-{parent}-01-more")] {
            assert_eq!(id(Some(&valid)).as_deref(), Some(trace), "{valid}");
        }
        for invalid in [
            String::new(),
            "garbage".to_owned(),
            format!("ff-{trace}-{parent}-01"),
            format!("00-{trace}-{parent}"),
            format!("00-{trace}-{parent}-01-more"),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", trace.to_uppercase()),
            format!("00-{trace}0-{parent}-01"),
            format!("00-{}-{parent}-01", "é".repeat(16)),
        ] {
            assert_eq!(id(Some(&invalid)), None, "{invalid}");
        }
        assert_eq!(id(None), None);
    }
}
