use super::*;

#[test]
fn misspelled_key_suggests_the_nearest_one() {
    const KEYS: &[Key] = &[
        Key { name: "scope", example: "" },
        Key { name: "scopes", example: "" },
        Key { name: "any_of", example: "" },
        Key { name: "authenticated", example: "" },
        Key { name: "read_only", example: "" },
        Key { name: "name", example: "" },
    ];
    for (typo, expected) in [
        ("scop", Some("scope")),
        ("scpoes", Some("scopes")),
        ("anyof", Some("any_of")),
        ("any", Some("any_of")),
        ("auth", Some("authenticated")),
        ("readOnly", Some("read_only")),
        ("read_only_hint", Some("read_only")),
        ("nmae", Some("name")),
        ("audience", None),
        ("x", None),
    ] {
        assert_eq!(nearest(typo, KEYS).map(|key| key.name), expected, "{typo}");
    }
}
