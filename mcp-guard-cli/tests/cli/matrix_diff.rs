//! `mcp-guard matrix diff`

use serde_json::json;

use crate::support::{file, matrix, operation, run};

#[test]
fn equal_matrices_have_no_differences() {
    let [one, other] = ["equal-old.json", "equal-new.json"].map(|name| file(name, matrix().to_string()));
    let diff = run(["matrix", "diff", &one, &other]);
    assert_eq!((diff.status, diff.stdout.as_str()), (0, "The matrices are equal.\n"), "{}", diff.stderr);
}

#[test]
fn differences_are_printed_as_text() {
    let mut new = matrix();
    new["baseline"] = json!(["base", "more"]);
    new["hierarchy"]["admin"].as_array_mut().expect("a list").push(json!("more"));
    let operations = new["operations"].as_array_mut().expect("a list");
    operations[0]["schema"] = json!("x");
    operations[1]["requirement"] = json!("public");
    operations[2]["name"] = json!("li\u{1b}st\n");
    operations.push(operation("method", "completion/complete", json!("authenticated")));
    operations.retain(|operation| operation["kind"] != "prompt");
    let [old, new] =
        [("text-old.json", matrix()), ("text-new.json", new)].map(|(name, matrix)| file(name, matrix.to_string()));
    let diff = run(["matrix", "diff", &old, &new]);
    assert_eq!(diff.status, 1, "{}", diff.stderr);
    assert_eq!(
        diff.stdout,
        "\
baseline   + more  (affects 5 operations)
hierarchy  + admin implies more  (affects 0 operations)
added      tool li\\u{1b}st\\n: read
added      method completion/complete: authenticated
removed    tool list: read
removed    prompt plan: read
stronger   tool audit: audit or write (baseline)
changed    tool audit: schema
weaker     tool delete: delete and write -> public (requirement, baseline)
stronger   tool share: write (baseline)
stronger   tool who: authenticated (baseline)
stronger   template todo://{id}: read (baseline)
"
    );
}

#[test]
fn large_matrices_are_compared() {
    let many = |requirement: &str| {
        let mut matrix = matrix();
        let operations = matrix["operations"].as_array_mut().expect("a list");
        operations.extend(
            (0..10_000)
                .map(|at| operation("tool", &format!("tool-{at}"), json!({"all": [requirement, format!("s{at}")]}))),
        );
        matrix.to_string()
    };
    let [old, new] =
        [("many-old.json", many("read")), ("many-new.json", many("write"))].map(|(name, matrix)| file(name, matrix));
    let diff = run(["matrix", "diff", "--json", &old, &new]);
    assert_eq!(diff.status, 1, "{}", diff.stderr);
    let changed = diff.json()["changed"].as_array().expect("a list").clone();
    assert_eq!(changed.len(), 10_000);
    assert!(changed.iter().all(|one| one["changes"][0]["effect"] == "stronger"));
}
