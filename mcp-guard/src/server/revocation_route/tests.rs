use super::*;

#[test]
fn every_form_names_its_tokens() {
    for (body, expected) in [
        (r#"{"format":"iss_sub","iss":"i","sub":"s"}"#, Revocation::subject("i", "s")),
        (r#"{"jti":"j","iss":"i","format":"jwt_id"}"#, Revocation::token("i", "j")),
        (r#"{"format":"session","iss":"i","sid":"s"}"#, Revocation::session("i", "s")),
        (r#"{"format":"client","iss":"i","client_id":"c"}"#, Revocation::client("i", "c")),
        (r#"{"format":"issuer","iss":"i"}"#, Revocation::issuer("i")),
    ] {
        assert!(parse(body.as_bytes()).is_ok_and(|parsed| parsed == expected), "{body}");
    }
}

#[test]
fn malformed_bodies_name_the_member() {
    for (body, named) in [
        ("", "JSON object"),
        ("[]", "JSON object"),
        (r#"["iss_sub","i","s"]"#, "JSON object"),
        ("{}", "format"),
        (r#"{"format":"email","email":"a@b"}"#, "email"),
        (r#"{"format":"iss_sub","iss":"i"}"#, "sub"),
        (r#"{"format":"iss_sub","iss":"i","sub":"s","sid":"x"}"#, "sid"),
        (r#"{"format":"issuer","iss":"i","sub":"s"}"#, "sub"),
        (r#"{"format":"iss_sub","iss":"i","sub":null}"#, "string"),
        (r#"{"format":"iss_sub","iss":"i","sub":"s","sub":"t"}"#, "sub"),
        (r#"{"format":"iss_sub","format":"issuer","iss":"i"}"#, "format"),
        (r#"{"format":"iss_sub","iss":"i","sub":"s"} {}"#, "JSON object"),
    ] {
        let error = parse(body.as_bytes()).unwrap_err();
        assert!(error.contains(named), "{body}: {error}");
    }
}
