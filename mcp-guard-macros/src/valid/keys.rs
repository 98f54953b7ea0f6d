//! Repeated keys.

use crate::attr::Keyed;
use crate::diagnostics::Diagnostics;

/// Reports every key that occurs twice. `help` returns a suggestion for some keys.
pub(super) fn check_repeated<T>(
    args: &[Keyed<T>],
    diagnostics: &mut Diagnostics,
    help: impl Fn(&str) -> Option<String>,
) {
    for (at, Keyed { key, .. }) in args.iter().enumerate() {
        if args[..at].iter().any(|before| before.key == *key) {
            let wrong = diagnostics.push(key, format_args!("`{key}` is given twice"));
            if let Some(help) = help(&key.to_string()) {
                wrong.help(help);
            }
        }
    }
}
