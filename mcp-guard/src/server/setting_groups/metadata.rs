//! The protected resource metadata.

/// Additional members of the protected resource metadata (RFC 9728), and its URL. The other members follow from the
/// server's settings.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResourceMetadata {
    pub(in crate::server) name: Option<String>,
    pub(in crate::server) documentation: Option<String>,
    pub(in crate::server) at_root: bool,
    pub(in crate::server) url: Option<String>,
}

impl ResourceMetadata {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { name: None, documentation: None, at_root: false, url: None }
    }

    /// Sets the human-readable name of the server (`resource_name`). Default: none.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Also serves the metadata at `/.well-known/oauth-protected-resource`, for clients that ignore the path of the
    /// resource. Default: off, because clients must not use metadata of another resource (RFC 9728 section 3.3). Enable
    /// it only if no other resource uses this host.
    pub const fn at_root(mut self) -> Self {
        self.at_root = true;
        self
    }

    /// Sets the URL of the server's documentation (`resource_documentation`). Default: none.
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// Sets the metadata URL in challenges (RFC 9728 section 5.1), for gateways that cannot serve the well-known
    /// location. Default: that location.
    ///
    /// The metadata is then served at the path of this URL, with and without the prefix that
    /// [`mount_path`](crate::ResourceServerBuilder::mount_path) omits, and at the well-known location.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Uses the URL of `earlier` if none is set.
    pub(in crate::server) fn or(self, earlier: Self) -> Self {
        Self { url: self.url.or(earlier.url), ..self }
    }
}
