//! Checks that the tests in the `test` columns of the documentation exist.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with build output or dependencies.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".venv", ".git"];

/// Folders that contain only tests: compiler cases, flows with other programs, and fuzz targets.
const CASES: [&str; 5] = ["tests/ui/fail", "tests/ui/pass", "tests/interop", "tests/docs-page", "fuzz/fuzz_targets"];

/// The test names, and the files that contain them, relative to the root of the repository.
type Tests = BTreeMap<String, BTreeSet<PathBuf>>;

/// A cell of a `test` column, and its location.
struct TestCell {
    place: String,
    /// The texts in backticks.
    names: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_file() {
            found.push(entry.path());
        } else if kind.is_dir() && !SKIPPED.iter().any(|skipped| entry.file_name() == OsStr::new(skipped)) {
            files_below(&entry.path(), found);
        }
    }
}

/// Returns the names of the test functions.
fn test_functions(source: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    source.lines().map(str::trim).filter_map(move |line| {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        }
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        let name = function.split(['(', '<']).next()?;
        std::mem::take(&mut is_test).then_some(name)
    })
}

fn tests(root: &Path) -> Tests {
    let mut files = Vec::new();
    files_below(root, &mut files);
    let mut tests = Tests::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap().to_owned();
        let is_rust = path.extension() == Some(OsStr::new("rs"));
        let source = if is_rust { fs::read_to_string(&file).unwrap() } else { String::new() };
        // The expected compiler output is next to the case.
        let is_case =
            CASES.iter().any(|folder| path.starts_with(folder)) && path.extension() != Some(OsStr::new("stderr"));
        let case = is_case.then(|| path.file_stem().unwrap().to_str().unwrap());
        for name in test_functions(&source).chain(case) {
            tests.entry(name.to_owned()).or_default().insert(path.clone());
        }
    }
    tests
}

/// Splits a row into cells, without the outer bars. A bar in backticks or after a backslash is part of its cell.
fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.trim().strip_prefix('|')?;
    let (mut cells, mut cell, mut in_code, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        in_code ^= c == '`';
        if c == '|' && !in_code && !escaped {
            cells.push(std::mem::take(&mut cell));
        } else {
            cell.push(c);
        }
        escaped = c == '\\';
    }
    Some(cells)
}

/// Returns the cells of the `test` columns of a document.
fn test_cells(name: &str, text: &str) -> Vec<TestCell> {
    let mut test_cells = Vec::new();
    let mut column = None;
    let mut in_table = false;
    for (line, number) in text.lines().zip(1..) {
        let Some(cells) = cells(line) else {
            in_table = false;
            continue;
        };
        if !in_table {
            in_table = true;
            column = cells.iter().position(|cell| matches!(cell.trim(), "test" | "tests"));
        } else if let Some(column) = column
            && !line.trim_start().starts_with("|--")
        {
            let cell = cells.get(column).map_or("", String::as_str);
            let names = cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            test_cells.push(TestCell { place: format!("{name}:{number}"), names });
        }
    }
    test_cells
}

/// Returns the files that contain a test. `module::name` selects those below a folder or in a file named `module`.
fn files_with_test<'t>(tests: &'t Tests, name: &str) -> Vec<&'t PathBuf> {
    let (module, name) = name.split_once("::").map_or((None, name), |(module, name)| (Some(OsStr::new(module)), name));
    let is_below = |path: &&PathBuf| path.iter().any(|part| Path::new(part).file_stem() == module);
    tests.get(name).into_iter().flatten().filter(|path| module.is_none() || is_below(path)).collect()
}

/// Returns the mistakes of a cell. It lists tests, files, and folders with a trailing slash. If it lists tests and
/// files, the tests must be in the files.
fn mistakes(cell: &TestCell, tests: &Tests, root: &Path) -> Vec<String> {
    let (files, names): (Vec<&String>, Vec<&String>) = cell.names.iter().partition(|name| name.contains('/'));
    let mut mistakes = Vec::new();
    let mut report = |mistake: String| mistakes.push(format!("{}: {mistake}", cell.place));
    if cell.names.is_empty() {
        report("no test is named".to_owned());
    }
    for file in &files {
        if !root.join(file).exists() {
            report(format!("unknown file {file}"));
        } else if names.is_empty() && !tests.values().flatten().any(|path| path == Path::new(file)) {
            report(format!("{file} contains no test"));
        }
    }
    for name in names {
        let paths = files_with_test(tests, name);
        let is_there = |path: &&PathBuf| files.iter().any(|file| path.starts_with(file));
        match paths.as_slice() {
            [] => report(format!("unknown test {name}")),
            paths if !files.is_empty() && !paths.iter().any(is_there) => report(format!("{name} is in {paths:?}")),
            // Deleting one of the tests would otherwise go unnoticed.
            [_, _, ..] if files.is_empty() => report(format!("{name} is in {paths:?}: write `module::{name}`")),
            _ => {}
        }
    }
    mistakes
}

#[test]
fn documented_tests_exist() {
    let root = root();
    let tests = tests(&root);
    let mut documents = vec![root.join("SECURITY.md")];
    documents.extend(fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    documents.retain(|path| path.extension() == Some(OsStr::new("md")) && path.is_file());
    let mut rows = 0;
    let mut wrong = Vec::new();
    for document in documents {
        let name = document.strip_prefix(&root).unwrap().display().to_string();
        let test_cells = test_cells(&name, &fs::read_to_string(&document).unwrap());
        rows += test_cells.len();
        wrong.extend(test_cells.iter().flat_map(|cell| mistakes(cell, &tests, &root)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 100, "found only {rows} rows: the tables were not parsed");
}

#[test]
fn missing_documented_test_is_detected() {
    let root = root();
    let tests = tests(&root);
    for (row, mistake) in [
        ("| a | `every_bad_token_gets_the_same_answer` |", None),
        ("| a | `every_bad_token_gets_the_same_answer` in `tests/e2e/challenges.rs` |", None),
        ("| `a|b` \\| c | `every_bad_token_gets_the_same_answer` |", None),
        ("| a | `no_requirement` in `tests/ui/fail/` |", None),
        ("| a | `tests/ui/fail/no_requirement.rs` |", None),
        ("| a | `rotation` in `tests/interop/oidc/` |", None),
        ("| a | `oidc::rotation` |", None),
        ("| a | `jwt::claim_rules_reject_one_violation_each`, `dpop::claim_rules_reject_one_violation_each` |", None),
        ("| a | |", Some("no test is named")),
        ("| a | every_bad_token_gets_the_same_answer |", Some("no test is named")),
        ("| a | `every_bad_token_gets_the_same_answers` |", Some("unknown test every_bad_token_gets_the_same_answers")),
        (
            "| a | `every_bad_token_gets_the_same_answer` in `tests/e2e/gone.rs` |",
            Some("unknown file tests/e2e/gone.rs"),
        ),
        (
            "| a | `every_bad_token_gets_the_same_answer` in `tests/e2e/build.rs` |",
            Some("is in [\"tests/e2e/challenges.rs\"]"),
        ),
        (
            "| a | `claim_rules_reject_one_violation_each` |",
            Some("write `module::claim_rules_reject_one_violation_each`"),
        ),
        (
            "| a | `fetch::claim_rules_reject_one_violation_each` |",
            Some("unknown test fetch::claim_rules_reject_one_violation_each"),
        ),
        // A function that is not a test.
        ("| a | `files_below` |", Some("unknown test files_below")),
        ("| a | `tests/e2e/support.rs` |", Some("contains no test")),
    ] {
        let test_cells =
            test_cells("x.md", &format!("| attack | test |\n|---|---|\n{row}\n\n| other |\n|---|\n| `x` |\n"));
        assert_eq!(test_cells.len(), 1, "{row}");
        let found = mistakes(&test_cells[0], &tests, &root).join("\n");
        match mistake {
            None => assert_eq!(found, "", "{row}"),
            Some(mistake) => assert!(found.starts_with("x.md:3: ") && found.contains(mistake), "{row}: {found}"),
        }
    }
}
