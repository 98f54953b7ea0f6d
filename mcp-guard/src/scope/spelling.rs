//! How clients must spell a server's scopes when they ask its authorization server for them.
//!
//! Some authorization servers know a scope by a longer name: what a token lists as `todo:read` is asked for as `api://todo/todo:read`. Requirements and
//! decisions know the short name; whatever tells a client what to ask for spells it out.

use std::borrow::Cow;

use crate::scope::Scope;
use crate::scope::ScopeSet;

/// The scopes of OpenID Connect (Core sections 5.4 and 11), which every issuer knows by these names.
const OF_NO_SERVER: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// The expected form of a prefix.
const PREFIX_FORM: &str =
    "a text without spaces, quotes and backslashes that ends with a separator, like \"api://todo/\"";

/// Whether a scope is called the same at every authorization server.
pub(crate) fn is_of_no_server(scope: &Scope) -> bool {
    OF_NO_SERVER.contains(&scope.as_str())
}

/// The authorization server's spelling.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeSpelling {
    prefix: Option<Scope>,
}

impl ScopeSpelling {
    /// Puts this text in front of each scope, or returns the expected form.
    pub(crate) fn with_prefix(prefix: &str) -> Result<Self, &'static str> {
        match Scope::new(prefix.to_owned()) {
            // Without something in between, `todo` would make `list` of `todolist`.
            Ok(scope) if !prefix.ends_with(|last: char| last.is_ascii_alphanumeric()) => {
                Ok(Self { prefix: Some(scope) })
            }
            _ => Err(PREFIX_FORM),
        }
    }

    pub(crate) fn spell<'s>(&self, scopes: &'s ScopeSet) -> Cow<'s, ScopeSet> {
        let Some(prefix) = &self.prefix else { return Cow::Borrowed(scopes) };
        let spell = |scope: &Scope| {
            if is_of_no_server(scope) {
                return scope.clone();
            }
            // Both are scopes, so they are one together.
            Scope::new(format!("{prefix}{scope}")).unwrap_or_else(|_| scope.clone())
        };
        Cow::Owned(scopes.iter().map(spell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_of_the_server_is_spelt_out_and_no_other() {
        let scopes: ScopeSet = "todo:write todo:read openid offline_access".parse().unwrap();
        let spelling = ScopeSpelling::with_prefix("api://todo/").unwrap();
        assert_eq!(
            spelling.spell(&scopes).to_string(),
            "api://todo/todo:read api://todo/todo:write offline_access openid"
        );
        assert_eq!(ScopeSpelling::default().spell(&scopes).to_string(), scopes.to_string());
        assert!(spelling.spell(&ScopeSet::new()).is_empty());
    }

    #[test]
    fn a_prefix_that_no_scope_could_have_is_refused() {
        for prefix in ["todo", "api://todo", "", "a b", "a\"", "ä", "a\r\nb"] {
            assert!(ScopeSpelling::with_prefix(prefix).is_err(), "{prefix:?}");
        }
    }
}
