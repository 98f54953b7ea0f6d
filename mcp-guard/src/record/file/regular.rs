//! Opens the files of a decision log.
//!
//! Only regular files are opened. A symbolic link could make the server append to any file of its user, and a chain
//! cannot continue in a FIFO or a device.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Returns the path of a file next to the log: `<log>.<extension>`.
pub(super) fn next_to(log: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(".");
    name.push(extension);
    name.into()
}

/// Adds the path to an error.
pub(super) fn named(path: &Path, action: &str) -> impl Fn(io::Error) -> io::Error {
    let subject = format!("{}: {action}", path.display());
    move |error| io::Error::new(error.kind(), format!("{subject}: {error}"))
}

/// Returns an error that names the file.
pub(super) fn refused(path: &Path, kind: io::ErrorKind, reason: &str) -> io::Error {
    io::Error::new(kind, format!("{}: {reason}", path.display()))
}

/// Opens a regular file with these options, or creates it with mode 0600.
///
/// # Errors
///
/// The path exists and is not a regular file, or the file cannot be opened. The error names the file.
pub(super) fn open_or_create(path: &Path, options: &OpenOptions) -> io::Result<File> {
    match open(path, options) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => return result,
    }
    // `create_new` does not follow a symbolic link.
    match private(options.clone().create_new(true)).open(path) {
        Ok(file) => sync_folder(path).map_err(named(path, "cannot create it")).map(|()| file),
        // Another process created it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open(path, options),
        Err(error) => Err(named(path, "cannot create it")(error)),
    }
}

/// Opens an existing regular file.
///
/// # Errors
///
/// Those of [`open_or_create`], and `NotFound`.
pub(super) fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    // Before it is opened: to open a FIFO would wait for its other end.
    check_regular(path)?;
    let cannot_open = named(path, "cannot open it");
    let file = options.open(path).map_err(&cannot_open)?;
    if is_at(&file, path).map_err(&cannot_open)? { Ok(file) } else { Err(irregular(path)) }
}

/// Rejects a path that is not a regular file.
pub(super) fn check_regular(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path).map_err(named(path, "cannot open it"))?;
    if metadata.is_file() { Ok(()) } else { Err(irregular(path)) }
}

fn irregular(path: &Path) -> io::Error {
    let reason = "expected a regular file, not a symbolic link, a folder, a device or a FIFO";
    refused(path, io::ErrorKind::InvalidInput, reason)
}

/// Reports whether the path is this regular file, and not another one or a link to it.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let (file, at_path) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok(at_path.is_file() && (file.dev(), file.ino()) == (at_path.dev(), at_path.ino()))
}

/// Reports whether the path is a regular file: an open file cannot be renamed on this platform.
#[cfg(not(unix))]
pub(super) fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_file())
}

/// Creates files with mode 0600.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the name of a new file durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
