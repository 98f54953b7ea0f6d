use http::HeaderValue;

use super::*;

#[test]
fn retry_after_is_limited() {
    let at = |text: &str| {
        let headers = [(RETRY_AFTER, HeaderValue::from_str(text).unwrap())].into_iter().collect();
        retry_after(&headers).map(|wait| wait.as_secs())
    };
    for (text, seconds) in [
        ("30", Some(30)),
        ("0", Some(1)),
        ("86400", Some(300)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(300)),
        ("-1", None),
        ("99999999999999999999999", None),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(at(text), seconds, "{text:?}");
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}
