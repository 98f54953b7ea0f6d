//! The keys an attribute knows, and the one that a typo was meant to be.

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
            let distance = distance(&typo, name);
            distance <= name.len().max(3) / 3 || typo.len() > 2 && (name.starts_with(&typo) || typo.starts_with(name))
        })
        .min_by_key(|(_, name)| distance(&typo, name))
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

/// How many characters must be inserted, removed, replaced or swapped with the next one to turn `a` into `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    // One row for each prefix of `a`, one column for each prefix of `b`.
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let shifted = table[i - 1][j].min(table[i][j - 1]) + 1;
                let swaps = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                let swapped = if swaps { table[i - 2][j - 2] + 1 } else { usize::MAX };
                replaced.min(shifted).min(swapped)
            };
        }
    }
    table[a.len()][b.len()]
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
