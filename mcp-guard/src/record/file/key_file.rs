//! The file with the audit key.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::audit_key::{AuditKey, MAX_KEY};
use super::regular::{self, named, next_to, refused};

/// Reads a key.
pub(super) fn read(path: &Path) -> io::Result<AuditKey> {
    let file = regular::open(path, OpenOptions::new().read(true))?;
    check_permissions(&file, path)?;
    let mut text = Zeroizing::new(String::with_capacity(2 * MAX_KEY + 1));
    file.take(2 * MAX_KEY as u64 + 1).read_to_string(&mut text).map_err(named(path, "cannot read the audit key"))?;
    AuditKey::parse(&text).map_err(|error| refused(path, error.kind(), &error.to_string()))
}

/// Reads the key next to the log, or creates it for a new log.
pub(super) fn read_or_create(log: &Path) -> io::Result<AuditKey> {
    let path = next_to(log, "key");
    match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => return result,
    }
    for existing in [log, &next_to(log, "chain")] {
        // With a new key the server could not continue the log, and no one could verify it.
        if fs::symlink_metadata(existing).is_ok_and(|metadata| metadata.len() > 0) {
            let reason = format!("the audit key is missing, but {} exists: restore the key", existing.display());
            return Err(refused(&path, io::ErrorKind::NotFound, &reason));
        }
    }
    create(&path).map_err(named(&path, "cannot create the audit key"))?;
    // Another process may have been faster. Its key counts.
    read(&path)
}

/// Creates a key under another name and then links it, so that no process reads an incomplete key.
fn create(path: &Path) -> io::Result<()> {
    let key = Zeroizing::new(rand::random::<[u8; 32]>());
    let mut text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key));
    text.push('\n');
    let draft = next_to(path, &format!("{:016x}", rand::random::<u64>()));
    let mut file = regular::private(OpenOptions::new().write(true).create_new(true)).open(&draft)?;
    let linked = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path))
        .or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) });
    fs::remove_file(&draft).and(linked)?;
    regular::sync_folder(path)
}

/// Rejects a key that the group or other users can access.
#[cfg(unix)]
fn check_permissions(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata().map_err(named(path, "cannot read its permissions"))?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let reason = format!("mode {mode:04o} lets other users access the audit key: expected 0600 or 0400");
    Err(refused(path, io::ErrorKind::PermissionDenied, &reason))
}

#[cfg(not(unix))]
fn check_permissions(_file: &File, _path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
