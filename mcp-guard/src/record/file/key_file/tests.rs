use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::record::testing::Folder;

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn key_is_created_once_and_private() {
    let folder = Folder::new();
    let log = folder.path("log");
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| AuditKey::next_to(&log).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().id().to_owned()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(folder.names(), ["log.key"]);
    let path = folder.path("log.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(AuditKey::from_file(&path).unwrap().id(), ids[0]);
}

#[test]
fn key_that_others_can_access_is_rejected() {
    let folder = Folder::new();
    let path = folder.path("log.key");
    for mode in [0o600, 0o400, 0o700] {
        write(&path, &"ab".repeat(32), mode);
        AuditKey::from_file(&path).unwrap();
        fs::remove_file(&path).unwrap();
    }
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666] {
        write(&path, &"ab".repeat(32), mode);
        for result in [AuditKey::from_file(&path), AuditKey::next_to(folder.path("log"))] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("log.key: mode 0") && error.contains("expected 0600"), "{error}");
        }
    }
}

#[test]
fn invalid_key_files_are_rejected() {
    let folder = Folder::new();
    let path = folder.path("log.key");
    let cases =
        [("", "too short"), ("c2VjcmV0", "too short"), ("not a key", "form"), (&*"ab".repeat(2000), "too long")];
    for (text, expected) in cases {
        write(&path, text, 0o600);
        let error = AuditKey::next_to(folder.path("log")).unwrap_err().to_string();
        assert!(error.contains("log.key: ") && error.contains(expected), "{error}");
        assert!(text.is_empty() || !error.contains(text), "{error}");
    }
    fs::remove_file(&path).unwrap();
    write(&folder.path("real"), &"ab".repeat(32), 0o600);
    symlink(folder.path("real"), &path).unwrap();
    let error = AuditKey::next_to(folder.path("log")).unwrap_err().to_string();
    assert!(error.contains("log.key: expected a regular file"), "{error}");
    assert!(AuditKey::from_file("/dev/zero").is_err());
}

#[test]
fn missing_key_of_existing_log_is_an_error() {
    for existing in ["log", "log.chain"] {
        let folder = Folder::new();
        write(&folder.path(existing), "{}", 0o600);
        let error = AuditKey::next_to(folder.path("log")).unwrap_err().to_string();
        assert!(error.contains("log.key: the audit key is missing") && error.contains(existing), "{error}");
        assert_eq!(folder.names(), [existing]);
    }
}
