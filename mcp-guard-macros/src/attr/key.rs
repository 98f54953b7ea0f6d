//! The keys an attribute knows, and the one that a typo was meant to be.

use strsim::osa_distance;

/// A key that an attribute takes.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) example: &'static str,
}

/// The key that `typo` was probably meant to be.
pub(super) fn nearest<'k>(typo: &str, keys: &'k [Key]) -> Option<&'k Key> {
    let meant = nearest_name(typo, keys.iter().map(|key| key.name))?;
    keys.iter().find(|key| key.name == meant)
}

/// The one of `names` that `typo` was probably meant to be.
pub(crate) fn nearest_name<'n>(typo: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let typo = plain(typo);
    names
        .map(|name| (name, plain(name)))
        // Half a word (`auth`) and a word too much (`read_only_hint`) are no typos, but as clear as one.
        .filter(|(_, name)| {
            osa_distance(&typo, name) <= name.len().max(3) / 3
                || typo.len() > 2 && (name.starts_with(&typo) || typo.starts_with(name))
        })
        .min_by_key(|(_, name)| osa_distance(&typo, name))
        .map(|(name, _)| name)
}

/// The names of `keys` as a sentence lists them.
pub(super) fn listed(keys: &[Key], conjunction: &str) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_key_it_was_meant_to_be() {
        const KEYS: &[Key] = &[
            Key { name: "scope", example: "" },
            Key { name: "scopes", example: "" },
            Key { name: "any_of", example: "" },
            Key { name: "authenticated", example: "" },
            Key { name: "read_only", example: "" },
            Key { name: "name", example: "" },
        ];
        for (typo, meant) in [
            ("scop", Some("scope")),
            ("scpoes", Some("scopes")),
            ("anyof", Some("any_of")),
            ("any", Some("any_of")),
            ("auth", Some("authenticated")),
            ("readOnly", Some("read_only")),
            ("read_only_hint", Some("read_only")),
            ("nmae", Some("name")),
            ("audience", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typo, KEYS).map(|key| key.name), meant, "{typo}");
        }
    }
}
