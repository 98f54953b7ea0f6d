//! The paths at which requests arrive. A proxy may remove a prefix of the public URLs.

use std::collections::BTreeSet;

use url::Url;

use super::health;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::urls::{ResourceUrl, is_secure};

/// The location of the metadata of a resource without a path (RFC 9728 section 3).
const ROOT_METADATA: &str = "/.well-known/oauth-protected-resource";

/// The settings that determine the paths.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathSettings<'s> {
    pub(super) mount_path: Option<&'s str>,
    pub(super) metadata_url: Option<&'s str>,
    pub(super) metadata_at_root: bool,
    pub(super) health: bool,
    /// The path of the documentation page.
    pub(super) docs: Option<&'s str>,
    /// The path of the admin route for revocations.
    pub(super) revocations: Option<&'s str>,
}

/// The paths of a server's routes, and the public URL of its metadata.
#[derive(Debug)]
pub(super) struct Paths {
    /// The path of the MCP endpoint.
    pub(super) endpoint: String,
    /// The paths of the metadata.
    pub(super) metadata: BTreeSet<String>,
    /// The metadata URL in challenges.
    pub(super) metadata_url: String,
    /// The public URL in front of the paths of all requests.
    pub(super) base: String,
}

impl Paths {
    pub(super) fn new(resource: &ResourceUrl, settings: PathSettings<'_>) -> Result<Self, Mistakes> {
        let PathSettings { mount_path, metadata_url, metadata_at_root, health, docs, revocations } = settings;
        let mut mistakes = Mistakes::default();
        let endpoint = mount_path.unwrap_or_else(|| resource.path());
        mistakes.check(is_path(endpoint), || {
            ConfigError::invalid(Setting::MountPath, endpoint, "a path like \"/mcp\", without query and braces")
        });
        let setting = if mount_path.is_some() { Setting::MountPath } else { Setting::Resource };
        mistakes.check(!(health && health::PATHS.contains(&endpoint)), || {
            let expected = "a path other than those of the health routes, or `Observation::without_health`";
            ConfigError::invalid(setting, endpoint, expected)
        });
        let mut metadata = BTreeSet::from([resource.metadata_path()]);
        if metadata_at_root {
            metadata.insert(ROOT_METADATA.to_owned());
        }
        if let Some(url) = metadata_url {
            match Url::parse(url).ok().filter(|parsed| is_metadata_url(parsed) && parsed.as_str() == url) {
                Some(parsed) => {
                    // The proxy may remove the same prefix as from the resource URL.
                    let removed =
                        removed_prefix(resource, endpoint).and_then(|prefix| parsed.path().strip_prefix(prefix));
                    metadata.extend(removed.filter(|rest| rest.starts_with('/')).map(str::to_owned));
                    metadata.insert(parsed.path().to_owned());
                }
                None => mistakes.push(ConfigError::invalid(
                    Setting::MetadataUrl,
                    url,
                    "an absolute https URL like \"https://todo.example.com/prod/metadata\", in canonical form, without \
                     user name, query and fragment",
                )),
            }
        }
        mistakes.check(!metadata.contains(endpoint), || {
            ConfigError::invalid(setting, endpoint, "a path other than that of the metadata")
        });
        let clash = metadata.iter().find(|path| health && health::PATHS.contains(&path.as_str()));
        if let Some(path) = clash {
            mistakes.push(ConfigError::invalid(
                Setting::MetadataUrl,
                path,
                "a path other than those of the health routes, or `Observation::without_health`",
            ));
        }
        mistakes.check(docs != Some(endpoint), || {
            ConfigError::invalid(setting, endpoint, "a path other than that of the documentation page")
        });
        if let Some(path) = metadata.iter().find(|path| docs == Some(path.as_str())) {
            let expected = "a path other than that of the documentation page";
            mistakes.push(ConfigError::invalid(Setting::MetadataUrl, path, expected));
        }
        if let Some(path) = revocations {
            let is_taken = path == endpoint
                || metadata.contains(path)
                || docs == Some(path)
                || health && health::PATHS.contains(&path);
            mistakes.check(is_path(path) && !is_taken, || {
                let expected = "a path like \"/admin/revocations\", without query and braces, that no other route has";
                ConfigError::invalid(Setting::RevocationPath, path, expected)
            });
        }
        mistakes.into_result()?;
        Ok(Self {
            endpoint: endpoint.to_owned(),
            metadata,
            base: format!("{}{}", resource.origin(), removed_prefix(resource, endpoint).unwrap_or_default()),
            metadata_url: metadata_url.map_or_else(|| resource.metadata_url(), str::to_owned),
        })
    }
}

/// Returns the part of the public path that the proxy removes.
fn removed_prefix<'r>(resource: &'r ResourceUrl, endpoint: &str) -> Option<&'r str> {
    resource.path().strip_suffix(endpoint).filter(|prefix| !prefix.is_empty())
}

/// Returns whether the text is the path of a canonical URL, and has no pattern of axum's router.
fn is_path(text: &str) -> bool {
    let is_canonical = Url::parse(&format!("http://localhost{text}")).is_ok_and(|url| url.path() == text);
    text.starts_with('/') && is_canonical && !text.contains(['{', '}'])
}

fn is_metadata_url(url: &Url) -> bool {
    let is_plain = url.username().is_empty() && url.password().is_none();
    is_secure(url) && is_plain && url.query().is_none() && url.fragment().is_none() && is_path(url.path())
}

#[cfg(test)]
mod tests;
