use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::json;

use self::Outcome::{IllTyped, Missing, Read};
use super::*;

/// The outcome of deserialization.
#[derive(Debug, PartialEq)]
enum Outcome {
    Read,
    Missing(&'static str),
    IllTyped,
}

/// Deserializes claims that contain SECRET in every name and value that the type does not declare.
fn read<T: DeserializeOwned>(claims: &Value) -> Outcome {
    let claims = claims.as_object().expect("claims are an object");
    let Err(error) = Claims::<T>::read(claims) else { return Read };
    let printed = format!("{error} {error:?}");
    assert!(!printed.contains("SECRET"), "{printed}");
    match error {
        ClaimsError::Missing { claim } => Missing(claim),
        ClaimsError::IllTyped { type_name } => {
            assert_eq!(type_name, std::any::type_name::<T>());
            IllTyped
        }
    }
}

#[derive(Deserialize)]
struct Address {
    street: String,
}

#[derive(Deserialize)]
struct Person {
    tenant: String,
    level: Option<u8>,
    #[serde(default)]
    groups: Vec<String>,
    address: Option<Address>,
}

#[test]
fn missing_and_ill_typed_claims_are_distinct_errors() {
    for (what, claims, outcome) in [
        ("all there", json!({"tenant": "SECRET", "level": 1, "groups": ["a"], "address": {"street": "x"}}), Read),
        ("optional claims absent", json!({"tenant": "SECRET"}), Read),
        ("null for an option", json!({"tenant": "SECRET", "level": null, "address": null}), Read),
        ("additional unknown claims", json!({"tenant": "SECRET", "SECRET": {"SECRET": [1, null]}}), Read),
        ("nothing there", json!({}), Missing("tenant")),
        ("only other claims", json!({"SECRET": "SECRET", "Tenant": "SECRET"}), Missing("tenant")),
        ("null", json!({"tenant": null}), IllTyped),
        ("a number", json!({"tenant": 7}), IllTyped),
        ("a list", json!({"tenant": ["SECRET"]}), IllTyped),
        ("an object", json!({"tenant": {"SECRET": "SECRET"}}), IllTyped),
        ("an option of another type", json!({"tenant": "SECRET", "level": "SECRET"}), IllTyped),
        ("an option out of range", json!({"tenant": "SECRET", "level": 256}), IllTyped),
        ("a default of another type", json!({"tenant": "SECRET", "groups": "SECRET"}), IllTyped),
        ("null for a default", json!({"tenant": "SECRET", "groups": null}), IllTyped),
        ("an ill-typed member", json!({"tenant": "SECRET", "groups": ["SECRET", 7]}), IllTyped),
        ("a nested field missing", json!({"tenant": "SECRET", "address": {"SECRET": 1}}), IllTyped),
        ("a nested field null", json!({"tenant": "SECRET", "address": {"street": null}}), IllTyped),
        ("one missing, one ill-typed", json!({"level": "SECRET"}), IllTyped),
    ] {
        assert_eq!(read::<Person>(&claims), outcome, "{what}");
    }
}

#[derive(Deserialize)]
struct Home {
    sub: String,
    address: Address,
}

#[derive(Deserialize)]
struct Resident {
    tenant: String,
    street: Option<String>,
    #[serde(flatten)]
    home: Home,
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

#[test]
fn flattened_field_is_a_claim_and_nested_one_is_not() {
    for (what, claims, outcome) in [
        ("all there", json!({"tenant": "a", "sub": "b", "address": {"street": "x"}, "SECRET": 1}), Read),
        ("an outer claim missing", json!({"sub": "b", "address": {"street": "x"}}), Missing("tenant")),
        ("a flattened claim missing", json!({"tenant": "a", "sub": "b"}), Missing("address")),
        ("another", json!({"tenant": "a", "address": {"street": "x"}}), Missing("sub")),
        ("a flattened claim ill-typed", json!({"tenant": "a", "sub": 7, "address": {"street": "x"}}), IllTyped),
        ("a flattened claim null", json!({"tenant": "a", "sub": "b", "address": null}), IllTyped),
        ("a nested field missing", json!({"tenant": "a", "sub": "b", "address": {"SECRET": 1}}), IllTyped),
        (
            "a nested field missing that is also a claim",
            json!({"tenant": "a", "sub": "b", "address": {}, "street": "SECRET"}),
            IllTyped,
        ),
    ] {
        assert_eq!(read::<Resident>(&claims), outcome, "{what}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    tenant: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Renamed {
    tenant_id: String,
    #[serde(rename = "https://example.com/plan", alias = "plan")]
    plan: String,
}

#[derive(Deserialize)]
struct Newtype(Renamed);

#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Name(String);

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Tagged {
    Person { tenant: String, address: Option<Address> },
    Machine { host: String, proxy: Option<Proxy> },
}

#[derive(Deserialize)]
struct Proxy {
    host: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Untagged {
    Person { tenant: String },
    Machine { host: String },
}

#[derive(Deserialize)]
enum Plain {
    Tenant(String),
}

#[derive(Deserialize)]
#[serde(try_from = "Strict")]
struct Checked(Strict);

impl TryFrom<Strict> for Checked {
    type Error = String;

    fn try_from(strict: Strict) -> Result<Self, String> {
        if strict.tenant == "acme" { Ok(Self(strict)) } else { Err(strict.tenant) }
    }
}

#[derive(Deserialize)]
struct Cows {
    tenant: Cow<'static, str>,
    #[serde(deserialize_with = "Option::deserialize")]
    level: Option<u8>,
}

type Row = (&'static str, fn(&Value) -> Outcome, Value, Outcome);

#[test]
fn claims_are_read_into_types_of_every_shape() {
    let renamed = json!({"tenantId": "a", "plan": "b", "SECRET": 1});
    let table: Vec<Row> = vec![
        ("unknown claims denied, none present", read::<Strict>, json!({"tenant": "a"}), Read),
        ("unknown claims denied", read::<Strict>, json!({"tenant": "a", "SECRET": 1}), IllTyped),
        ("unknown claims denied, a claim missing", read::<Strict>, json!({}), Missing("tenant")),
        ("renamed", read::<Renamed>, renamed.clone(), Read),
        ("renamed, missing", read::<Renamed>, json!({"plan": "b"}), Missing("tenantId")),
        ("an alias, missing", read::<Renamed>, json!({"tenantId": "a"}), Missing("https://example.com/plan")),
        ("a newtype", read::<Newtype>, renamed.clone(), Read),
        ("a newtype, missing", read::<Newtype>, json!({"plan": "b"}), Missing("tenantId")),
        ("a newtype, ill-typed", read::<Newtype>, json!({"tenantId": 7}), IllTyped),
        ("an option of the whole", read::<Option<Renamed>>, renamed, Read),
        ("an option of the whole, missing", read::<Option<Renamed>>, json!({}), Missing("tenantId")),
        ("a box", read::<Box<Strict>>, json!({}), Missing("tenant")),
        ("any value", read::<Value>, json!({"SECRET": 1}), Read),
        ("a map of values", read::<Map<String, Value>>, json!({"SECRET": null}), Read),
        ("a map of texts", read::<HashMap<String, String>>, json!({"SECRET": "a"}), Read),
        ("a map of texts, a number", read::<HashMap<String, String>>, json!({"SECRET": 7}), IllTyped),
        ("a map of structs", read::<BTreeMap<String, Strict>>, json!({"SECRET": {}}), IllTyped),
        ("a map with names of a type", read::<HashMap<Name, Value>>, json!({"SECRET": 7}), Read),
        ("a map with numbers for names", read::<HashMap<u8, Value>>, json!({"SECRET": 7}), IllTyped),
        ("a unit type", read::<()>, json!({}), IllTyped),
        ("a list", read::<Vec<String>>, json!({"SECRET": "a"}), IllTyped),
        ("a text", read::<String>, json!({"SECRET": "a"}), IllTyped),
        ("a tag", read::<Tagged>, json!({"kind": "person", "tenant": "a"}), Read),
        ("a tag, missing", read::<Tagged>, json!({"tenant": "a"}), Missing("kind")),
        ("a tag, unknown", read::<Tagged>, json!({"kind": "SECRET"}), IllTyped),
        ("a tag, a claim missing", read::<Tagged>, json!({"kind": "machine"}), Missing("host")),
        ("a tag, a claim ill-typed", read::<Tagged>, json!({"kind": "machine", "host": 7}), IllTyped),
        (
            "a tag, a nested field missing that is not a claim of the type",
            read::<Tagged>,
            json!({"kind": "person", "tenant": "a", "address": {}}),
            IllTyped,
        ),
        (
            "a tag, a nested field missing that is also a claim of the type",
            read::<Tagged>,
            json!({"kind": "machine", "host": "a", "proxy": {}}),
            IllTyped,
        ),
        ("variants", read::<Untagged>, json!({"host": "a"}), Read),
        ("variants, none fits", read::<Untagged>, json!({"SECRET": "a"}), IllTyped),
        ("an enum by name", read::<Plain>, json!({"Tenant": "a"}), IllTyped),
        ("a check of the application", read::<Checked>, json!({"tenant": "acme"}), Read),
        ("a check of the application fails", read::<Checked>, json!({"tenant": "SECRET"}), IllTyped),
        ("behind a check, missing", read::<Checked>, json!({}), Missing("tenant")),
        ("with a custom deserializer", read::<Cows>, json!({"tenant": "a", "level": null}), Read),
        ("with a custom deserializer, missing", read::<Cows>, json!({"tenant": "a"}), Missing("level")),
    ];
    for (what, read, claims, outcome) in table {
        assert_eq!(read(&claims), outcome, "{what}");
    }
}

#[test]
fn claims_error_names_the_type_and_the_remedy() {
    let missing = ClaimsError::Missing { claim: "tenant" };
    assert_eq!(
        missing.to_string(),
        "the access token lacks the claim `tenant`: configure the authorization server to add it, or make it an `Option` if it is optional"
    );
    let ill_typed = ClaimsError::IllTyped { type_name: "app::Tenant" };
    assert_eq!(
        ill_typed.to_string(),
        "the claims of the access token do not match `app::Tenant`: compare the type with the tokens of the authorization server"
    );
}

#[test]
fn claims_debug_is_redacted() {
    assert_eq!(format!("{:?}", Claims("SECRET")), "Claims([redacted])");
}
