use super::*;

#[test]
fn typo_finds_the_intended_scope() {
    for (typo, meant) in [
        ("todo:raed", Some("todo:read")),
        ("todo:wirte", Some("todo:write")),
        ("todo.write", Some("todo:write")),
        ("todos:read", Some("todo:read")),
        ("todo:writes", Some("todo:write")),
        ("todo:Admin", Some("todo:admin")),
        ("y", Some("x")),
        ("", Some("x")),
        ("mail:send", None),
        ("todo", None),
        ("todo:read:everything", None),
    ] {
        assert_eq!(nearest(&["todo:read", "todo:write", "todo:admin", "x"], typo), meant, "{typo}");
    }
}

#[test]
fn distance_counts_a_swap_once_and_stops_at_the_limit() {
    for (a, b, distant) in
        [("ab", "ab", 0), ("ab", "ba", 1), ("ab", "a", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("ca", "abc", 3)]
    {
        assert_eq!(distance(a, b, 3), Some(distant), "{a} {b}");
        assert_eq!(distance(b, a, 3), Some(distant), "{b} {a}");
        assert_eq!(distance(a, b, distant), Some(distant), "{a} {b}");
        if distant > 0 {
            assert_eq!(distance(a, b, distant - 1), None, "{a} {b}");
        }
    }
}

#[test]
fn long_texts_are_not_guessed() {
    let long = "https://example.com/".repeat(4);
    let other = format!("{long}x");
    assert_eq!(nearest(&[&other], &long), None);
}
