use super::*;

#[test]
fn memory_counts_values_members_and_objects() {
    for (text, memory) in [
        ("0", VALUE_MEMORY),
        ("\"abc\"", VALUE_MEMORY + 3),
        ("\"ab\\u0063\"", VALUE_MEMORY + 3),
        ("[0,\"abc\"]", 3 * VALUE_MEMORY + 3),
        ("{}", VALUE_MEMORY + OBJECT_MEMORY),
        ("{\"a\":{\"b\":0}}", 3 * VALUE_MEMORY + 2 * (OBJECT_MEMORY + MEMBER_MEMORY + 1)),
    ] {
        let (skipped, read) = (Budget::new(), Budget::new());
        Skip(&skipped).deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap();
        ReadScalar(&read).deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap();
        assert_eq!((skipped.memory(), read.memory()), (memory, memory), "{text}");
    }
}

#[test]
fn unsafe_json_is_rejected() {
    let nested = |depth: usize| format!("{}0{}", "[".repeat(depth), "]".repeat(depth));
    let values = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
    for (text, safe) in [
        (r#"{"a":[1,-1,1.5,1e3,true,null,"x\u0041",{"b":{}}]}"#.to_owned(), true),
        ("{} ".to_owned(), true),
        (nested(100), true),
        (values(MAX_VALUES), true),
        (nested(200), false),
        (nested(100_000), false),
        (values(MAX_VALUES + 1), false),
        ("{} {}".to_owned(), false),
        ("{".to_owned(), false),
        (String::new(), false),
        (r#"{"$serde_json::private::RawValue":"0"}"#.to_owned(), false),
        (r#"{"a":[{"\u0024serde_json::private::RawValue":"0"}]}"#.to_owned(), false),
        (r#"{"$serde_json::private::Number":"0"}"#.to_owned(), false),
        (r#"{"x":"$serde_json::private::RawValue"}"#.to_owned(), true),
        (stack_bomb(1), false),
        (stack_bomb(15), false),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(is_safe(&text), safe, "{shown}");
    }
}
