//! Each token has exactly one accepted encoding in base64url and JSON.

use super::raw::{HEADER, claims, claims_and, claims_with, encoded, raw_issuer, signed, token};
use super::*;

/// Other encodings of the same bytes. Their number must not be a multiple of three.
fn encodings(part: &str) -> Vec<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_ne!(part.len() % 4, 0, "no unused bits");
    let (most, last) = part.split_at(part.len() - 1);
    let index = ALPHABET.iter().position(|letter| *letter == last.as_bytes()[0]).unwrap();
    let padding = "=".repeat(4 - part.len() % 4);
    let (one, two) = part.split_at(part.len() / 2);
    vec![
        format!("{most}{}", char::from(ALPHABET[index + 1])), // unused bits set
        format!("{part}{padding}"),
        format!("{part}="),
        format!("{part}%3D"),
        format!("{one} {two}"),
        format!("{one}\n{two}"),
        format!(" {part}"),
        format!("{part}\t"),
        format!("{part}\u{0}"),
        format!("{one}\u{200b}{two}"),
        format!("{one}+{two}"),
        format!("{one}/{two}"),
        format!("{part}A"), // an impossible length, or one more byte
    ]
}

/// JSON with trailing spaces, so that its encoding has unused bits in the last character.
fn uneven(json: &str) -> String {
    format!("{json}{}", " ".repeat((4 - json.len() % 3) % 3))
}

#[tokio::test]
async fn each_part_has_one_encoding() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let (header, payload) = (encoded(uneven(HEADER)), encoded(uneven(&claims(&issuer).to_string())));
    let good = signed(&header, &payload);
    assert!(check(&validator, &good).await.is_ok());
    for other in encodings(&header) {
        assert_eq!(rejection(&validator, &signed(&other, &payload)).await, Invalid::Malformed, "header {other}");
    }
    for other in encodings(&payload) {
        assert_eq!(rejection(&validator, &signed(&header, &other)).await, Invalid::Malformed, "payload {other}");
    }
    let (text, signature) = good.rsplit_once('.').unwrap();
    for other in encodings(signature) {
        assert_eq!(rejection(&validator, &format!("{text}.{other}")).await, Invalid::Signature, "signature {other}");
    }
    // The standard alphabet differs only if `?` and `~` encode to `_` and `-`.
    let odd = encoded(claims_and(&issuer, r#""x":"???>>>~~~???>>>~~~""#));
    assert!(odd.contains('_') && odd.contains('-'));
    assert!(check(&validator, &signed(&header, &odd)).await.is_ok());
    for standard in [odd.replace('_', "/"), odd.replace('-', "+")] {
        assert_eq!(rejection(&validator, &signed(&header, &standard)).await, Invalid::Malformed);
    }
}

#[tokio::test]
async fn invalid_json_is_rejected() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let good = claims(&issuer).to_string();
    let nested = |open: &str, close: &str, depth: usize| {
        claims_and(&issuer, &format!("\"x\":{}0{}", open.repeat(depth), close.repeat(depth)))
    };
    for (case, claims) in [
        ("a mark before it", format!("\u{feff}{good}")),
        ("a second object behind it", format!("{good}{{}}")),
        ("a letter behind it", format!("{good}x")),
        ("a zero byte behind it", format!("{good}\u{0}")),
        ("a zero byte before it", format!("\u{0}{good}")),
        ("a no-break space before it", format!("\u{a0}{good}")),
        ("a comma too many", good.replace('}', ",}")),
        ("a comment", good.replace('{', "{/**/")),
        ("single quotes", good.replace('"', "'")),
        ("names without quotes", good.replace("\"iss\"", "iss")),
        ("a line break in a text", good.replace("alice", "al\nice")),
        ("an unknown escape", good.replace("alice", r"\x61lice")),
        ("half a surrogate", good.replace("alice", r"\ud83d")),
        ("surrogates the wrong way round", good.replace("alice", r"\ude00\ud83d")),
        ("nested lists", nested("[", "]", 200)),
        ("nested objects", nested("{\"x\":", "}", 200)),
        ("a list", format!("[{good}]")),
        ("a text", format!("{:?}", "x")),
        ("null", "null".to_owned()),
        ("nothing", " ".to_owned()),
        ("an object that ends early", good.strip_suffix('}').unwrap().to_owned()),
        ("iss twice", claims_and(&issuer, r#""iss":"https://evil.example.com""#)),
        ("iss twice, the same", claims_and(&issuer, &format!("\"iss\":{:?}", issuer.issuer()))),
        ("cnf twice inside", claims_and(&issuer, r#""cnf":{"jkt":"a","jkt":"b"}"#)),
        ("twice, deep inside", claims_and(&issuer, r#""realm_access":[{"roles":[],"r\u006fles":["admin"]}]"#)),
        ("a reserved name", claims_and(&issuer, r#""x":{"$serde_json::private::RawValue":"0"}"#)),
        ("a number that is none", claims_with(&issuer, "exp", "NaN")),
    ] {
        assert_eq!(rejection(&validator, &token(HEADER, &claims)).await, Invalid::Malformed, "claims: {case}");
    }
    let payload = encoded(&good);
    let more = |members: &str| format!("{},{members}}}", HEADER.strip_suffix('}').unwrap());
    for (case, header) in [
        ("a mark before it", format!("\u{feff}{HEADER}")),
        ("bytes behind it", format!("{HEADER}x")),
        ("a second object", format!("{HEADER}{HEADER}")),
        ("alg twice", more(r#""alg":"EdDSA""#)),
        ("alg twice, once escaped", more(r#""\u0061lg":"none""#)),
        ("kid twice", more(r#""kid":"raw""#)),
        ("typ twice, once escaped", more(r#""t\u0079p":"at+jwt""#)),
        ("crit twice", more(r#""crit":[],"crit":[]"#)),
        ("nested lists", more(&format!("\"x\":{}{}", "[".repeat(200), "]".repeat(200)))),
        ("a stack of reserved names", more(&format!("\"x\":{}", crate::json::stack_bomb(12)))),
        ("half a surrogate", HEADER.replace("raw", r"\ud83d")),
        ("nothing", "{}".to_owned()),
    ] {
        assert_eq!(
            rejection(&validator, &signed(&encoded(&header), &payload)).await,
            Invalid::Malformed,
            "header: {case}"
        );
    }
}

#[tokio::test]
async fn token_length_limit_is_exact() {
    let issuer = raw_issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let of_length = |length: usize| {
        // The length of the signature is constant, and four characters encode three bytes.
        let empty = token(HEADER, &claims_and(&issuer, r#""x":"""#)).len();
        let long = token(HEADER, &claims_and(&issuer, &format!("\"x\":\"{}\"", "x".repeat((length - empty) * 3 / 4))));
        (long.len().abs_diff(length) < 4).then_some(long).unwrap()
    };
    assert!(check(&validator, &of_length(16 * 1024 - 8)).await.is_ok());
    for length in [16 * 1024 + 8, 64 * 1024, 1024 * 1024] {
        assert_eq!(rejection(&validator, &of_length(length)).await, Invalid::TooLong, "{length}");
    }
}
