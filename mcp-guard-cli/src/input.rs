//! Reads long files line by line, in constant memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

/// The maximum length of a line, in bytes. Records have about one kilobyte. A longer line is skipped.
pub(crate) const MAX_LINE: usize = 1024 * 1024;

/// The size from which a progress bar is shown, in bytes.
const LONG_INPUT: u64 = 64 * 1024 * 1024;

const BUFFER: usize = 256 * 1024;

/// Opened inputs, with one progress bar for all of them.
pub(crate) struct Inputs {
    opened: Vec<(PathBuf, Box<dyn Read>)>,
    progress: ProgressBar,
}

impl Inputs {
    /// Opens all files, before the first one is read. `-` is standard input.
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut total = Some(0);
        let mut opened: Vec<(PathBuf, Box<dyn Read>)> = Vec::new();
        for path in paths {
            if path == Path::new("-") {
                total = None;
                opened.push((PathBuf::from("standard input"), Box::new(io::stdin().lock())));
                continue;
            }
            let metadata = |file: File| file.metadata().map(|metadata| (file, metadata));
            let (file, metadata) =
                File::open(path).and_then(metadata).map_err(|error| Failure::unreadable(path, &error))?;
            if metadata.is_dir() {
                return Err(Failure::new(format!("cannot read {path:?}: expected a file")));
            }
            total = total.filter(|_| metadata.is_file()).map(|total| total + metadata.len());
            opened.push((path.clone(), Box::new(file)));
        }
        Ok(Self { opened, progress: progress(total) })
    }

    /// Calls `each` with every file.
    pub(crate) fn for_each(
        self,
        mut each: impl FnMut(&Path, &mut dyn BufRead) -> io::Result<()>,
    ) -> Result<(), Failure> {
        for (path, input) in self.opened {
            let mut reader = BufReader::with_capacity(BUFFER, self.progress.wrap_read(input));
            each(&path, &mut reader).map_err(|error| Failure::unreadable(&path, &error))?;
        }
        self.progress.finish_and_clear();
        Ok(())
    }

    /// Calls `each` with every line, without its line break.
    pub(crate) fn for_each_line(self, mut each: impl FnMut(Place<'_>, Line<'_>)) -> Result<(), Failure> {
        self.for_each(|path, input| {
            let mut lines = Lines::new(input);
            let mut number = 0;
            while let Some(line) = lines.next()? {
                number += 1;
                each(Place { path, number }, line);
            }
            Ok(())
        })
    }
}

/// Returns a progress bar. It is hidden if the input is short, or if standard error is not a terminal.
fn progress(total: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() || total.is_some_and(|total| total < LONG_INPUT) {
        return ProgressBar::hidden();
    }
    let (progress, template) = match total {
        Some(total) => (ProgressBar::new(total), "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left"),
        None => (ProgressBar::no_length(), "{spinner} {bytes} {bytes_per_sec}"),
    };
    progress.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The place of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) path: &'p Path,
    pub(crate) number: u64,
}

/// A line of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Line<'l> {
    /// A line with its line break.
    Complete(&'l [u8]),
    /// The last line, without a line break.
    Cut(&'l [u8]),
    /// A line of more than [`MAX_LINE`] bytes.
    TooLong,
}

/// Reads lines into one buffer.
struct Lines<R> {
    input: R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R) -> Self {
        Self { input, line: Vec::new() }
    }

    fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let limit = MAX_LINE as u64 + 1;
        if Read::take(&mut self.input, limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        Ok(Some(match self.line.strip_suffix(b"\n") {
            Some(line) => Line::Complete(line),
            None if self.line.len() <= MAX_LINE => Line::Cut(&self.line),
            None => {
                self.input.skip_until(b'\n')?;
                Line::TooLong
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        // A small buffer: no line fits in it.
        let mut lines = Lines::new(BufReader::with_capacity(7, text));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(match line {
                Line::Complete(line) => format!("+{}", String::from_utf8_lossy(line)),
                Line::Cut(line) => format!("-{}", String::from_utf8_lossy(line)),
                Line::TooLong => "long".to_owned(),
            });
        }
        found
    }

    #[test]
    fn lines_are_bounded() {
        let long = "x".repeat(MAX_LINE);
        for (text, expected) in [
            (String::new(), vec![]),
            ("a\n".to_owned(), vec!["+a"]),
            ("a\n\nb".to_owned(), vec!["+a", "+", "-b"]),
            (format!("{long}x\nb\n"), vec!["long", "+b"]),
            (format!("{long}{long}{long}\nb"), vec!["long", "-b"]),
            (format!("{long}x"), vec!["long"]),
        ] {
            assert_eq!(lines(text.as_bytes()), expected, "{} bytes", text.len());
        }
        for fits in [format!("{long}\n"), long] {
            assert_ne!(lines(fits.as_bytes()), ["long"]);
        }
    }
}
