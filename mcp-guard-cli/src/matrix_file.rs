//! Reads scope matrices.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use mcp_guard::layer::ScopeMatrix;
use serde::Deserialize;

use crate::failure::Failure;

/// The maximum size of a file. A matrix of 10,000 operations has about 6 MB.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Reads the matrix in this file.
pub(crate) fn read(path: &Path) -> Result<ScopeMatrix, Failure> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    match read {
        Err(error) => Err(Failure::unreadable(path, &error)),
        Ok(_) if text.len() as u64 > MAX_BYTES => {
            Err(Failure::new(format!("invalid matrix {path:?}: expected at most {MAX_BYTES} bytes")))
        }
        Ok(_) => serde_json::from_str(&text).map_err(|error| {
            // The members of another version mean something else, so an error about one of them is misleading.
            let problem = other_version(&text).unwrap_or_else(|| error.to_string());
            Failure::new(format!("invalid matrix {path:?}: {problem}"))
        }),
    }
}

/// Returns the problem with the version of a matrix, if there is one.
fn other_version(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Header {
        version: u64,
    }
    let Header { version } = serde_json::from_str(text).ok()?;
    (version != ScopeMatrix::VERSION)
        .then(|| format!("unsupported version {version}: expected {}", ScopeMatrix::VERSION))
}
