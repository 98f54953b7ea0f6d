//! A table of the documentation that has a column `test` says nothing that no test holds.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Folders that are built, installed or not ours.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".venv", ".git"];

/// Where a file is a test by being there: the cases of the compiler, the flows with other programs, the targets of the fuzzer.
const CASES: [&str; 4] = ["tests/ui/fail", "tests/ui/pass", "tests/interop", "fuzz/fuzz_targets"];

/// The names of tests, and the files that hold them, from the root of the repository.
type Tests = BTreeMap<String, BTreeSet<PathBuf>>;

/// One cell of a column `test`, and where it is written.
struct Claim {
    place: String,
    /// What stands in backticks.
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

/// The functions that a test runner runs.
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
        // What the compiler should say is beside the case.
        let is_case =
            CASES.iter().any(|folder| path.starts_with(folder)) && path.extension() != Some(OsStr::new("stderr"));
        let case = is_case.then(|| path.file_stem().unwrap().to_str().unwrap());
        for name in test_functions(&source).chain(case) {
            tests.entry(name.to_owned()).or_default().insert(path.clone());
        }
    }
    tests
}

/// The cells of a row, without the bars at its ends. A bar in backticks or after a backslash is a part of its cell.
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

/// The cells of the columns `test` of a document.
fn claims(name: &str, text: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
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
            claims.push(Claim { place: format!("{name}:{number}"), names });
        }
    }
    claims
}

/// The files that hold a test: those below `module` for `module::name`, which a folder or a file may be called.
fn holders<'t>(tests: &'t Tests, name: &str) -> Vec<&'t PathBuf> {
    let (module, name) = name.split_once("::").map_or((None, name), |(module, name)| (Some(OsStr::new(module)), name));
    let is_below = |path: &&PathBuf| path.iter().any(|part| Path::new(part).file_stem() == module);
    tests.get(name).into_iter().flatten().filter(|path| module.is_none() || is_below(path)).collect()
}

/// What is wrong with a claim. Names are those of tests, of files, and of folders that end with a slash; with a file beside them, tests must be in it.
fn mistakes(claim: &Claim, tests: &Tests, root: &Path) -> Vec<String> {
    let (files, names): (Vec<&String>, Vec<&String>) = claim.names.iter().partition(|name| name.contains('/'));
    let mut mistakes = Vec::new();
    let mut complain = |what: String| mistakes.push(format!("{}: {what}", claim.place));
    if claim.names.is_empty() {
        complain("no test is named".to_owned());
    }
    for file in &files {
        if !root.join(file).exists() {
            complain(format!("there is no {file}"));
        } else if names.is_empty() && !tests.values().flatten().any(|path| path == Path::new(file)) {
            complain(format!("{file} holds no test"));
        }
    }
    for name in names {
        let paths = holders(tests, name);
        let is_there = |path: &&PathBuf| files.iter().any(|file| path.starts_with(file));
        match paths.as_slice() {
            [] => complain(format!("there is no test {name}")),
            paths if !files.is_empty() && !paths.iter().any(is_there) => complain(format!("{name} is in {paths:?}")),
            // One of them could go, and the row would still look right.
            [_, _, ..] if files.is_empty() => complain(format!("{name} is in {paths:?}: write `module::{name}`")),
            _ => {}
        }
    }
    mistakes
}

#[test]
fn every_row_names_a_test_that_exists() {
    let root = root();
    let tests = tests(&root);
    let mut documents = vec![root.join("SECURITY.md")];
    documents.extend(fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    documents.retain(|path| path.extension() == Some(OsStr::new("md")) && path.is_file());
    let mut rows = 0;
    let mut wrong = Vec::new();
    for document in documents {
        let name = document.strip_prefix(&root).unwrap().display().to_string();
        let claims = claims(&name, &fs::read_to_string(&document).unwrap());
        rows += claims.len();
        wrong.extend(claims.iter().flat_map(|claim| mistakes(claim, &tests, &root)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 100, "only {rows} rows were found: are the tables still read?");
}

#[test]
fn a_row_that_names_no_test_is_found() {
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
        ("| a | `jwt::every_claim_rule_on_its_own`, `dpop::every_claim_rule_on_its_own` |", None),
        ("| a | |", Some("no test is named")),
        ("| a | every_bad_token_gets_the_same_answer |", Some("no test is named")),
        (
            "| a | `every_bad_token_gets_the_same_answers` |",
            Some("there is no test every_bad_token_gets_the_same_answers"),
        ),
        (
            "| a | `every_bad_token_gets_the_same_answer` in `tests/e2e/gone.rs` |",
            Some("there is no tests/e2e/gone.rs"),
        ),
        (
            "| a | `every_bad_token_gets_the_same_answer` in `tests/e2e/build.rs` |",
            Some("is in [\"tests/e2e/challenges.rs\"]"),
        ),
        ("| a | `every_claim_rule_on_its_own` |", Some("write `module::every_claim_rule_on_its_own`")),
        ("| a | `fetch::every_claim_rule_on_its_own` |", Some("there is no test fetch::every_claim_rule_on_its_own")),
        // A function, and no test.
        ("| a | `files_below` |", Some("there is no test files_below")),
        ("| a | `tests/e2e/support.rs` |", Some("holds no test")),
    ] {
        let claims = claims("x.md", &format!("| attack | test |\n|---|---|\n{row}\n\n| other |\n|---|\n| `x` |\n"));
        assert_eq!(claims.len(), 1, "{row}");
        let found = mistakes(&claims[0], &tests, &root).join("\n");
        match mistake {
            None => assert_eq!(found, "", "{row}"),
            Some(mistake) => assert!(found.starts_with("x.md:3: ") && found.contains(mistake), "{row}: {found}"),
        }
    }
}
