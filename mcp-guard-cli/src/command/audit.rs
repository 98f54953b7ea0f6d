//! `mcp-guard audit`: works with decision logs.

mod report;

use std::env::{self, VarError};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use mcp_guard::record::{AuditKey, audit};

use self::report::{ChainFile, Known, Verification};
use crate::failure::Failure;
use crate::input::Inputs;

/// The variable with the key of the log.
const KEY_VARIABLE: &str = "MCP_GUARD_AUDIT_KEY";

/// Works with decision logs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find removed, altered, inserted and moved records in a decision log
    ///
    /// Records that were removed from the end are found if the hash of a later record is known: from `--last-hash`, or
    /// from the file `<FILE>.chain` that the server keeps next to the log.
    ///
    /// The key is that of `--key-file`, of the variable MCP_GUARD_AUDIT_KEY, or of the file `<FILE>.key` next to the last
    /// file.
    Verify {
        /// The files of one log, the oldest first
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The hash (`mac`) of a record that the log must contain, such as the last one of an earlier verification
        #[arg(long, value_name = "HASH")]
        last_hash: Vec<String>,
        /// Accept files without the beginning of the log
        #[arg(long)]
        partial: bool,
        /// The file with the key of the log
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
}

/// Verifies a log.
pub(crate) fn run(args: &Args) -> Result<Verification, Failure> {
    let Command::Verify { files, last_hash, partial, key_file } = &args.command;
    let current = files.last().map(PathBuf::as_path).unwrap_or(Path::new(""));
    let key = key(key_file.as_deref(), current)?;
    let mut verifier = audit::Verifier::new(&key);
    let mut expect = |hash: &str| verifier.expect(hash).map_err(|error| Failure::new(error.to_string()));
    last_hash.iter().try_for_each(|hash| expect(hash))?;
    // Before the log: the server can append records meanwhile.
    let chain_file = match audit::last_durable(beside(current, ".chain"), &key) {
        Ok(Some(last)) => expect(&last.hash).map(|()| ChainFile::Used)?,
        Ok(None) => ChainFile::Empty,
        Err(error) if error.kind() == io::ErrorKind::NotFound => ChainFile::Absent,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => ChainFile::Invalid,
        Err(error) => return Err(Failure::new(error.to_string())),
    };
    Inputs::open(files)?.for_each(|path, input| verifier.read(path.to_string_lossy(), input))?;
    let known = Known { beginning: !partial, end: chain_file == ChainFile::Used || !last_hash.is_empty() };
    Ok(Verification::new(verifier.finish(), chain_file, known))
}

/// Returns the key of the log.
fn key(file: Option<&Path>, log: &Path) -> Result<AuditKey, Failure> {
    let from_file = |path: &Path| AuditKey::from_file(path).map_err(|error| Failure::new(error.to_string()));
    if let Some(file) = file {
        return from_file(file);
    }
    match env::var(KEY_VARIABLE) {
        Ok(key) => AuditKey::parse(&key).map_err(|error| Failure::new(format!("invalid {KEY_VARIABLE}: {error}"))),
        Err(VarError::NotPresent) => from_file(&beside(log, ".key")),
        Err(VarError::NotUnicode(_)) => Err(Failure::new(format!("invalid {KEY_VARIABLE}: expected text"))),
    }
}

/// Returns the path of a file that the server keeps next to a log.
fn beside(log: &Path, extension: &str) -> PathBuf {
    let mut path = OsString::from(log);
    path.push(extension);
    path.into()
}
