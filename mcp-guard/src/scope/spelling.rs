//! The names of scopes at the authorization server.
//!
//! Some authorization servers add a prefix to scopes: clients request `api://todo/todo:read`, and tokens contain
//! `todo:read`. Requirements and decisions use the short name. Challenges and metadata use the long one.

use std::borrow::Cow;

use crate::scope::{Scope, ScopeSet};

/// The scopes of OpenID Connect (Core sections 5.4 and 11), which have the same name at every issuer.
const STANDARD_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// The expected form of a prefix.
const PREFIX_FORM: &str =
    "printable ASCII without spaces, quotes and backslashes that ends with a separator, like \"api://todo/\"";

/// Returns whether a scope has the same name at every authorization server.
pub(crate) fn is_standard(scope: &Scope) -> bool {
    STANDARD_SCOPES.contains(&scope.as_str())
}

/// The spelling of scopes at an authorization server.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeSpelling {
    prefix: Option<Scope>,
}

impl ScopeSpelling {
    /// Adds this prefix to every scope.
    ///
    /// # Errors
    ///
    /// The prefix is invalid. Returns the expected form.
    pub(crate) fn with_prefix(prefix: &str) -> Result<Self, &'static str> {
        match Scope::new(prefix.to_owned()) {
            // Without a separator, prefix `todo` and scope `list` would become `todolist`.
            Ok(scope) if !prefix.ends_with(|last: char| last.is_ascii_alphanumeric()) => {
                Ok(Self { prefix: Some(scope) })
            }
            _ => Err(PREFIX_FORM),
        }
    }

    pub(crate) fn spell<'s>(&self, scopes: &'s ScopeSet) -> Cow<'s, ScopeSet> {
        let Some(prefix) = &self.prefix else { return Cow::Borrowed(scopes) };
        let spell = |scope: &Scope| {
            if is_standard(scope) {
                return scope.clone();
            }
            // The concatenation of two scopes is a scope.
            Scope::new(format!("{prefix}{scope}")).unwrap_or_else(|_| scope.clone())
        };
        Cow::Owned(scopes.iter().map(spell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_added_to_server_scopes_only() {
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
    fn invalid_prefix_is_rejected() {
        for prefix in ["todo", "api://todo", "", "a b", "a\"", "ä", "a\r\nb"] {
            assert!(ScopeSpelling::with_prefix(prefix).is_err(), "{prefix:?}");
        }
    }
}
