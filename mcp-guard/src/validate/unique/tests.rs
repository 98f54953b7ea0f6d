use super::*;

fn read(text: &str) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    UniqueValue(&Budget::new()).deserialize(&mut deserializer).ok()
}

#[test]
fn duplicate_names_are_rejected() {
    let text = r#"{"a":[1,-1,1.5,1e3,18446744073709551615,true,null,"x\u0041",{"a":{},"b":[]}],"b":{"a":0}}"#;
    assert_eq!(read(text), Some(serde_json::from_str(text).unwrap()));
    for twice in
        [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":1}"#, r#"{"x":{"a":1,"a":2}}"#, r#"[[{"x":[{"a":1,"b":{},"a":2}]}]]"#]
    {
        assert_eq!(read(twice), None, "{twice}");
    }
}

#[test]
fn unsafe_json_is_not_deserialized() {
    let values = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
    for (text, readable) in [
        (values(100_000), true),
        (values(100_001), false),
        (format!("{}0{}", "[".repeat(100), "]".repeat(100)), true),
        (format!("{}0{}", "[".repeat(200), "]".repeat(200)), false),
        (r#"{"$serde_json::private::RawValue":"0"}"#.to_owned(), false),
        (r#"{"a":[{"\u0024serde_json::private::Number":"0"}]}"#.to_owned(), false),
        (crate::json::stack_bomb(2), false),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(read(&text).is_some(), readable, "{shown}");
        assert_eq!(crate::json::is_safe(&text), readable, "{shown}");
    }
}
