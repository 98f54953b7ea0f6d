//! Scopes, validated (RFC 6749 §3.3).

use std::fmt;

use crate::oauth_error::{ErrorCode, OAuthError};

/// Scopes in the requested order, without duplicates; possibly empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    pub(crate) fn parse(requested: Option<&str>) -> Result<Self, OAuthError> {
        let mut scopes = Vec::new();
        for scope in requested.into_iter().flat_map(|requested| requested.split(' ')) {
            if !is_scope_token(scope) {
                return Err(OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed"));
            }
            if !scopes.iter().any(|earlier| earlier == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Ok(Self(scopes))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn is_subset(&self, of: &Self) -> bool {
        self.0.iter().all(|scope| of.0.contains(scope))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_matches_rfc_6749_grammar() {
        for good in ["a", "todo:read todo:write", "!#[]~", "https://x.example/a.b"] {
            assert_eq!(Scopes::parse(Some(good)).unwrap().to_string(), good);
        }
        for bad in [" ", "a  b", " a", "a ", "a\"b", "a\\b", "tâche", "a\tb", "a\u{7f}"] {
            assert!(Scopes::parse(Some(bad)).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn repeated_scope_is_granted_once() {
        assert_eq!(Scopes::parse(Some("b a b")).unwrap().to_string(), "b a");
    }

    #[test]
    fn empty_scope_is_a_subset_of_every_scope() {
        let (none, some) = (Scopes::default(), Scopes::parse(Some("a")).unwrap());
        assert!(none.is_subset(&some));
        assert!(!some.is_subset(&none));
    }
}
