//! The URL of a proof (RFC 9449 section 4.3, rule 9).

use iri_string::types::UriStr;

/// A URL without query and fragment, in normal form (RFC 3986 sections 6.2.2 and 6.2.3): case, percent-encoding, dot
/// segments and default port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    scheme: String,
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Parses an absolute `http` or `https` URL without user information. Returns `None` for every other input, also
    /// for texts that only browsers accept.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let normalized = UriStr::new(text).ok()?.normalize();
        normalized.ensure_rfc3986_normalizable().ok()?;
        let normalized = normalized.to_string();
        let uri = UriStr::new(&normalized).ok()?;
        let default_port = match uri.scheme_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let authority = uri.authority_components()?;
        if authority.userinfo().is_some() || authority.host().is_empty() {
            return None;
        }
        let port = match authority.port() {
            None | Some("") => default_port,
            Some(port) => port.parse().ok()?,
        };
        let path = if uri.path_str().is_empty() { "/" } else { uri.path_str() };
        Some(Self {
            scheme: uri.scheme_str().to_owned(),
            host: authority.host().to_owned(),
            port,
            path: path.to_owned(),
        })
    }
}

/// The URL in front of all request paths. It is configured, never derived from a request.
#[derive(Clone, Debug)]
pub(super) struct BaseUrl(String);

impl BaseUrl {
    pub(super) fn new(text: &str) -> Option<Self> {
        let has_more = text.contains(['?', '#']);
        Target::parse(text).filter(|_| !has_more).map(|_| Self(text.trim_end_matches('/').to_owned()))
    }

    /// Returns the URL of a request with this path.
    pub(super) fn target(&self, path: &str) -> Option<Target> {
        // Without the slash, the path would extend the host.
        path.starts_with('/').then(|| Target::parse(&format!("{}{path}", self.0)))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_urls_match() {
        let base = BaseUrl::new("https://todo.example.com").unwrap();
        let target = base.target("/a-b/mcp").unwrap();
        for (htu, same) in [
            ("https://todo.example.com/a-b/mcp", true),
            ("HTTPS://Todo.Example.COM/a-b/mcp", true),
            ("https://todo.example.com:443/a-b/mcp", true),
            ("https://todo.example.com:/a-b/mcp", true),
            ("https://todo.example.com/a%2Db/%6dcp", true),
            ("https://todo.example.com/a%2db/x/../mcp", true),
            ("https://todo.example.com/./a-b/mcp", true),
            ("https://todo.example.com/a-b/mcp?x=1", true),
            ("https://todo.example.com/a-b/mcp#x", true),
            ("http://todo.example.com/a-b/mcp", false),
            ("http://todo.example.com:443/a-b/mcp", false),
            ("https://todo.example.com:8443/a-b/mcp", false),
            ("https://todo.example.com:65979/a-b/mcp", false),
            ("https://evil.example.com/a-b/mcp", false),
            ("https://todo.example.com.evil.com/a-b/mcp", false),
            ("https://todo.example.com./a-b/mcp", false),
            ("https://todo.example.com@evil.com/a-b/mcp", false),
            ("https://user@todo.example.com/a-b/mcp", false),
            ("https://todo.example.com/a-b/mcp/", false),
            ("https://todo.example.com/a-b/MCP", false),
            ("https://todo.example.com/a-b", false),
            ("https://todo.example.com", false),
            ("https://todo.example.com//a-b/mcp", false),
            ("https://todo.example.com/a-b%2Fmcp", false),
            ("https://todo.example.com/a-b/mcp%20", false),
            ("https:/todo.example.com/a-b/mcp", false),
            ("https:\\\\todo.example.com\\a-b\\mcp", false),
            ("https://todo.example.com/a-b/\nmcp", false),
            (" https://todo.example.com/a-b/mcp", false),
            ("https://todo.example.com/a-b/mcp ", false),
            ("//todo.example.com/a-b/mcp", false),
            ("/a-b/mcp", false),
            ("urn:todo.example.com/a-b/mcp", false),
            ("ftp://todo.example.com:443/a-b/mcp", false),
            ("", false),
        ] {
            assert_eq!(Target::parse(htu).as_ref() == Some(&target), same, "{htu:?}");
        }
    }

    #[test]
    fn request_path_cannot_change_the_host() {
        let base = BaseUrl::new("https://todo.example.com").unwrap();
        for path in ["*", "", ".evil.com/mcp", "@evil.com/mcp", ":8443/mcp", "/a b", "/\"", "/%zz"] {
            assert_eq!(base.target(path), None, "{path:?}");
        }
        assert_eq!(base.target("/"), Target::parse("https://todo.example.com"));
        assert_eq!(base.target("//evil.com/"), Target::parse("https://todo.example.com//evil.com/"));
    }

    #[test]
    fn base_url_may_have_a_path() {
        assert_eq!(BaseUrl::new("http://h").unwrap().target("/"), Target::parse("http://h:80/"));
        let base = BaseUrl::new("http://127.0.0.1:8080/api/").unwrap();
        assert_eq!(base.target("/me"), Target::parse("http://127.0.0.1:8080/api/me"));
        for text in
            ["", "/api", "api.example.com", "https://h?x", "https://h#x", "https://u@h", "mailto:a@b", "https://"]
        {
            assert!(BaseUrl::new(text).is_none(), "{text:?}");
        }
    }
}
