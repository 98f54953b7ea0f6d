use std::time::Duration;

use super::*;

fn clients() -> Bounded<Client> {
    let mut clients = Bounded::new(2, Duration::MAX);
    let client = |secret: Option<&str>| Client {
        redirect_uris: Vec::new(),
        grant_types: Vec::new(),
        secret: secret.map(str::to_owned),
    };
    clients.insert("public".to_owned(), client(None));
    clients.insert("confidential".to_owned(), client(Some("s=cret")));
    clients
}

fn outcome(authorization: Option<&str>, form: &str) -> Result<String, ErrorCode> {
    let mut headers = HeaderMap::new();
    if let Some(value) = authorization {
        headers.insert(AUTHORIZATION, value.parse().unwrap());
    }
    authenticate(&headers, &Params::parse(form.as_bytes()), &clients()).map_err(|error| error.code)
}

fn basic_header(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

#[test]
fn registered_client_requires_its_secret() {
    for (form, expected) in [
        ("client_id=confidential", Err(ErrorCode::InvalidClient)),
        ("client_id=confidential&client_secret=", Err(ErrorCode::InvalidClient)),
        ("client_id=confidential&client_secret=other", Err(ErrorCode::InvalidClient)),
        ("client_id=confidential&client_secret=s%3Dcret", Ok("confidential".to_owned())),
        ("client_id=public", Ok("public".to_owned())),
        ("client_id=public&client_secret=x", Ok("public".to_owned())),
        ("client_id=unknown&client_secret=x", Ok("unknown".to_owned())),
        ("client_secret=x", Err(ErrorCode::InvalidClient)),
    ] {
        assert_eq!(outcome(None, form), expected, "{form}");
    }
}

#[test]
fn basic_credentials_are_form_decoded() {
    for (credentials, expected) in [
        ("confidential:s%3Dcret", Ok("confidential".to_owned())),
        ("confidential:s=cret", Ok("confidential".to_owned())),
        ("confidential:", Err(ErrorCode::InvalidClient)),
        ("a+b%3A:x", Ok("a b:".to_owned())),
        (":x", Err(ErrorCode::InvalidClient)),
        ("no colon", Err(ErrorCode::InvalidClient)),
    ] {
        assert_eq!(outcome(Some(&basic_header(credentials)), ""), expected, "{credentials}");
    }
    assert_eq!(outcome(Some("Bearer abc"), "client_id=public"), Err(ErrorCode::InvalidClient));
    assert_eq!(outcome(Some("Basic ***"), "client_id=public"), Err(ErrorCode::InvalidClient));
}

#[test]
fn several_authentication_methods_are_rejected() {
    let header = basic_header("public:x");
    assert_eq!(outcome(Some(&header), "client_id=public"), Ok("public".to_owned()));
    assert_eq!(outcome(Some(&header), "client_secret=x"), Err(ErrorCode::InvalidRequest));
    assert_eq!(outcome(Some(&header), "client_id=other"), Err(ErrorCode::InvalidRequest));
}
