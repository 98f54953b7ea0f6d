//! The keys of an attribute, and suggestions for misspelled ones.

use strsim::osa_distance;
use syn::Ident;

use crate::diagnostics::Diagnostics;

/// A key that an attribute takes.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// An argument with this key, for errors.
    pub(super) example: &'static str,
}

/// Returns the key with this name. Reports an unknown `noun`, and suggests a similar key.
pub(super) fn find<'k>(name: &Ident, keys: &'k [Key], noun: &str, diagnostics: &mut Diagnostics) -> Option<&'k Key> {
    let found = keys.iter().find(|key| name == key.name);
    if found.is_none() {
        let expected = listed(keys, "or");
        let wrong = diagnostics.push(name, format_args!("unknown {noun} `{name}`, expected {expected}"));
        if let Some(similar) = nearest(&name.to_string(), keys) {
            wrong.help(format_args!("did you mean `{}`?", similar.name));
        }
    }
    found
}

/// Returns the key most similar to `typo`, if one is close enough.
pub(super) fn nearest<'k>(typo: &str, keys: &'k [Key]) -> Option<&'k Key> {
    let name = nearest_name(typo, keys.iter().map(|key| key.name))?;
    keys.iter().find(|key| key.name == name)
}

/// Returns the name most similar to `typo`, if one is close enough.
pub(crate) fn nearest_name<'n>(typo: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let typo = plain(typo);
    names
        .map(|name| (name, plain(name)))
        // A prefix (`auth`) or an extended name (`read_only_hint`) is too distant, but just as clear.
        .filter(|(_, name)| {
            osa_distance(&typo, name) <= name.len().max(3) / 3
                || typo.len() > 2 && (name.starts_with(&typo) || typo.starts_with(name))
        })
        .min_by_key(|(_, name)| osa_distance(&typo, name))
        .map(|(name, _)| name)
}

/// Lists the names of `keys` for a sentence.
pub(super) fn listed(keys: &[Key], conjunction: &str) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
