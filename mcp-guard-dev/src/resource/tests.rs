use super::*;

#[test]
fn audience_is_string_or_array() {
    let aud = |list: &[&str]| Resources::parse(list.iter().copied(), None).unwrap().audience();
    assert_eq!(aud(&["https://a.example/mcp"]), json!("https://a.example/mcp"));
    assert_eq!(aud(&["https://a.example", "https://a.example"]), json!("https://a.example"));
    assert_eq!(aud(&["https://a.example", "urn:b"]), json!(["https://a.example", "urn:b"]));
}

#[test]
fn default_resource_applies_only_without_resources() {
    let default = Some("https://default.example");
    assert_eq!(Resources::parse([].into_iter(), default).unwrap().audience(), "https://default.example");
    assert_eq!(Resources::parse(["urn:b"].into_iter(), default).unwrap().audience(), "urn:b");
    assert!(Resources::parse([].into_iter(), None).is_err());
}

#[test]
fn resource_must_be_absolute_and_without_fragment() {
    for bad in ["/mcp", "a.example", "https://a.example/#top"] {
        assert!(Resources::parse([bad].into_iter(), None).is_err(), "{bad} passed");
    }
}

#[test]
fn narrowing_never_adds_a_resource() {
    let both = Resources::parse(["urn:a", "urn:b"].into_iter(), None).unwrap();
    assert_eq!(both.narrowed(["urn:b"].into_iter()).unwrap().audience(), "urn:b");
    assert_eq!(both.narrowed([].into_iter()).unwrap(), both);
    assert!(both.narrowed(["urn:c"].into_iter()).is_err());
}
