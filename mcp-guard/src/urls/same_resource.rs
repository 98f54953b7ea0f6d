//! Two spellings of one resource.

use url::Url;

/// Adds the other spelling of each URL without a path: `https://todo.example.com` and `https://todo.example.com/` are one
/// resource (RFC 3986 section 6.2.3). Clients send either one. Other URLs, and other audiences, have one spelling.
pub(crate) fn with_equivalent(mut audiences: Vec<String>) -> Vec<String> {
    let others: Vec<String> = audiences.iter().filter_map(|audience| other_spelling(audience)).collect();
    for other in others {
        if !audiences.contains(&other) {
            audiences.push(other);
        }
    }
    audiences
}

fn other_spelling(audience: &str) -> Option<String> {
    let url = Url::parse(audience).ok()?;
    let origin = audience.strip_suffix('/').unwrap_or(audience);
    // The URL parser accepts other texts, too, such as upper case. Only the canonical form is rewritten.
    let is_origin = ["http", "https"].contains(&url.scheme()) && url.as_str().strip_suffix('/') == Some(origin);
    (is_origin && url.path() == "/").then(|| if audience == origin { format!("{origin}/") } else { origin.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_without_a_path_have_two_spellings() {
        for (audience, other) in [
            ("https://h.example", Some("https://h.example/")),
            ("https://h.example/", Some("https://h.example")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080/")),
            ("https://[::1]:8443/", Some("https://[::1]:8443")),
            ("https://h.example/mcp", None),
            ("https://h.example/mcp/", None),
            ("https://h.example//", None),
            ("https://h.example/?x", None),
            ("https://h.example?", None),
            ("https://h.example#", None),
            ("https://H.example", None),
            ("https://h.example:443", None),
            ("https://h.example/.", None),
            ("https:h.example", None),
            ("api://todo", None),
            ("ftp://h.example", None),
            ("todo", None),
            ("", None),
        ] {
            assert_eq!(other_spelling(audience).as_deref(), other, "{audience}");
        }
    }

    #[test]
    fn configured_spelling_comes_first_and_none_twice() {
        let given = ["https://a.example", "x", "https://a.example/"].map(str::to_owned);
        assert_eq!(with_equivalent(given.to_vec()), given);
        let one = vec!["https://a.example/".to_owned()];
        assert_eq!(with_equivalent(one), ["https://a.example/", "https://a.example"]);
    }
}
