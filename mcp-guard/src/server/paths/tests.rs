use super::*;
use crate::config::BuildError;

const NONE: PathSettings<'_> = PathSettings {
    mount_path: None,
    metadata_url: None,
    metadata_at_root: false,
    health: true,
    docs: None,
    revocations: None,
};

fn paths(resource: &str, settings: PathSettings<'_>) -> Result<Paths, Mistakes> {
    Paths::new(&ResourceUrl::parse(resource).unwrap(), settings)
}

#[test]
fn requests_arrive_where_the_proxy_sends_them() {
    const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
    let mounted = |mount_path| PathSettings { mount_path: Some(mount_path), ..NONE };
    let described = |mount_path, url| PathSettings { mount_path, metadata_url: Some(url), ..NONE };
    // resource, settings, path of the endpoint, paths of the metadata
    let table: &[(&str, PathSettings<'_>, &str, &[&str])] = &[
        ("https://h.example/mcp", NONE, "/mcp", &["/.well-known/oauth-protected-resource/mcp"]),
        ("https://h.example", NONE, "/", &[WELL_KNOWN]),
        ("https://h.example/team/mcp", mounted("/mcp"), "/mcp", &["/.well-known/oauth-protected-resource/team/mcp"]),
        ("https://h.example/team/mcp", mounted("/"), "/", &["/.well-known/oauth-protected-resource/team/mcp"]),
        ("https://h.example/mcp", mounted("/internal"), "/internal", &["/.well-known/oauth-protected-resource/mcp"]),
        (
            "https://h.example/mcp",
            PathSettings { metadata_at_root: true, ..NONE },
            "/mcp",
            &[WELL_KNOWN, "/.well-known/oauth-protected-resource/mcp"],
        ),
        (
            "https://h.example/prod/mcp",
            described(Some("/mcp"), "https://h.example/prod/metadata"),
            "/mcp",
            &["/.well-known/oauth-protected-resource/prod/mcp", "/metadata", "/prod/metadata"],
        ),
        (
            "https://h.example/prod/mcp",
            described(None, "https://other.example/metadata"),
            "/prod/mcp",
            &["/.well-known/oauth-protected-resource/prod/mcp", "/metadata"],
        ),
    ];
    for (resource, settings, endpoint, metadata) in table {
        let paths = paths(resource, *settings).unwrap();
        assert_eq!(paths.endpoint, *endpoint, "{resource}");
        assert_eq!(paths.metadata.iter().map(String::as_str).collect::<Vec<_>>(), *metadata, "{resource}");
    }
}

#[test]
fn unusable_paths_are_rejected() {
    let rejected = |settings| BuildError::from(paths("https://h.example/mcp", settings).unwrap_err()).to_string();
    for path in ["", "mcp", "/mcp?x", "/mcp#x", "/{id}", "/a b", "/../mcp", "//h/mcp/..", "/health", "https://h/mcp"] {
        let error = rejected(PathSettings { mount_path: Some(path), ..NONE });
        assert!(error.contains("mount_path"), "{path}: {error}");
    }
    for url in [
        "",
        "/metadata",
        "http://h.example/metadata",
        "https://h.example/m?x",
        "https://h.example/m#x",
        "https://u@h.example/m",
        "https://H.example/m",
        "https://h.example/{m}",
        "https://h.example/health",
    ] {
        let error = rejected(PathSettings { metadata_url: Some(url), ..NONE });
        assert!(error.contains("ResourceMetadata::url"), "{url}: {error}");
    }
    let error = rejected(PathSettings { metadata_url: Some("https://h.example/mcp"), ..NONE });
    assert!(error.contains("other than that of the metadata"), "{error}");
    let documented = PathSettings { docs: Some("/docs"), ..NONE };
    for settings in [
        PathSettings { mount_path: Some("/docs"), ..documented },
        PathSettings { metadata_url: Some("https://h.example/docs"), ..documented },
    ] {
        assert!(rejected(settings).contains("documentation page"), "{settings:?}");
        assert!(paths("https://h.example/mcp", PathSettings { docs: None, ..settings }).is_ok(), "{settings:?}");
    }
    for path in
        ["", "admin", "/a{b}", "/a?b", "/mcp", "/docs", "/health/ready", "/.well-known/oauth-protected-resource/mcp"]
    {
        let error = rejected(PathSettings { revocations: Some(path), ..documented });
        assert!(error.contains("Revocations::admin_route"), "{path}: {error}");
    }
    assert!(paths("https://h.example/mcp", PathSettings { revocations: Some("/admin/r"), ..documented }).is_ok());
    let both = PathSettings { mount_path: Some("x"), metadata_url: Some("y"), ..NONE };
    assert!(
        rejected(both).contains("mount_path") && rejected(both).contains("ResourceMetadata::url"),
        "both are reported"
    );
}
