use super::*;

const TEXTS: &[&str] = &["todo:read", "todo:write", "todo:admin", "x"];
const KNOWN: KnownScopes = KnownScopes::new(TEXTS, "TodoScope");

fn explained(texts: &[&str], text: &str) -> String {
    explanation(texts, text, "TodoScope").as_str().to_owned()
}

#[test]
fn known_scope_is_accepted() {
    const { KNOWN.check("todo:write") };
    for text in TEXTS {
        KNOWN.check(text);
    }
}

#[test]
#[should_panic(expected = "\"todo:wirte\" is not a scope of `TodoScope`: did you mean \"todo:write\"?")]
fn unknown_scope_panics() {
    KNOWN.check("todo:wirte");
}

#[test]
fn empty_vocabulary_accepts_every_text() {
    KnownScopes::new(&[], "TodoScope").check("todo:write");
}

#[test]
fn message_lists_the_choices_without_a_similar_scope() {
    assert_eq!(explained(&["a:b"], "mail:send"), "\"mail:send\" is not a scope of `TodoScope`: expected \"a:b\"");
    assert_eq!(
        explained(&TEXTS[..3], "mail:send"),
        "\"mail:send\" is not a scope of `TodoScope`: expected \"todo:read\", \"todo:write\" or \"todo:admin\""
    );
    let many = ["s1", "s2", "s3", "s4", "s5", "s6", "s7"];
    assert!(explained(&many, "mail:send").ends_with("expected \"s1\", \"s2\", \"s3\", \"s4\", \"s5\", \"s6\", .."));
    let six = explained(&many[..6], "mail:send");
    assert!(six.ends_with("\"s5\" or \"s6\""), "{six}");
}

#[test]
fn message_omits_parts_beyond_its_capacity() {
    let long = "é".repeat(Message::CAPACITY / 2 + 1);
    assert_eq!(Message::new().push("a").push(&long).push("b").as_str(), "ab");
    let full = "é".repeat(Message::CAPACITY / 2);
    assert_eq!(Message::new().push(&full).push("b").as_str(), full);
}
