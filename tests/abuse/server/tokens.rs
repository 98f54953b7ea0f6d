//! Tokens of several principals, and tokens with one fault each.

use std::collections::BTreeMap;

use mcp_guard_dev::{DevAuthServer, SigningKey, TokenBuilder};

use crate::tools::SCOPE;

/// The lifetime of the tokens: longer than the longest drill.
const LIFETIME: i64 = 6 * 3600;

/// `alice` attacks, `bob` behaves well, `carol` is another principal, and `dave` is revoked.
const PRINCIPALS: [&str; 4] = ["alice", "bob", "carol", "dave"];

pub(crate) fn issue(issuer: &DevAuthServer, audience: &str) -> BTreeMap<String, String> {
    let token = || issuer.token().audience(audience).scope(SCOPE).expires_in(LIFETIME);
    let mut tokens: BTreeMap<String, String> =
        PRINCIPALS.iter().map(|name| ((*name).to_owned(), token().subject(*name).sign())).collect();
    let other_key = SigningKey::generate(issuer.current_key().algorithm());
    let forged = |token: TokenBuilder| token.audience(audience).scope(SCOPE).expires_in(LIFETIME).sign();
    tokens.insert("expired".to_owned(), token().expires_in(-600).sign());
    tokens.insert("unknown_kid".to_owned(), forged(other_key.token(issuer.issuer())));
    tokens.insert(
        "wrong_signature".to_owned(),
        forged(other_key.token(issuer.issuer()).header("kid", issuer.current_key().kid())),
    );
    tokens
}
