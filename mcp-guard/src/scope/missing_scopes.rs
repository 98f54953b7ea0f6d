//! The message about missing scopes.

use std::fmt;

use super::ScopeSet;

/// The message about missing scopes: "Insufficient scope: todo:write is required".
///
/// Clients show it to their users, some of them instead of the challenge.
pub(crate) struct MissingScopes<'s>(pub(crate) &'s ScopeSet);

impl fmt::Display for MissingScopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Insufficient scope")?;
        let last = self.0.len().saturating_sub(1);
        for (index, scope) in self.0.iter().enumerate() {
            let separator = match index {
                0 => ": ",
                _ if index == last => " and ",
                _ => ", ",
            };
            f.write_str(separator)?;
            f.write_str(scope.as_str())?;
        }
        match self.0.len() {
            0 => Ok(()),
            1 => f.write_str(" is required"),
            _ => f.write_str(" are required"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_the_missing_scopes() {
        for (missing, message) in [
            ("", "Insufficient scope"),
            ("todo:write", "Insufficient scope: todo:write is required"),
            ("a b", "Insufficient scope: a and b are required"),
            ("a b c", "Insufficient scope: a, b and c are required"),
        ] {
            assert_eq!(MissingScopes(&missing.parse().unwrap()).to_string(), message);
        }
    }
}
