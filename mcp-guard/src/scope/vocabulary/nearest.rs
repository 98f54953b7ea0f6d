//! Finds the scope that is most similar to a typo, at compile time: see [`check`](super::check).

/// Returns the scope that was probably intended.
pub(super) const fn nearest<'t>(texts: &[&'t str], typo: &str) -> Option<&'t str> {
    let mut nearest = None;
    let mut least = usize::MAX;
    let mut i = 0;
    while i < texts.len() {
        let limit = texts[i].len() / 3;
        if let Some(distance) = distance(texts[i], typo, if limit == 0 { 1 } else { limit })
            && distance < least
        {
            least = distance;
            nearest = Some(texts[i]);
        }
        i += 1;
    }
    nearest
}

/// The maximum length of compared texts.
const LONGEST: usize = 64;

/// Returns the optimal string alignment distance between `a` and `b` if it is at most `limit`: the number of
/// insertions, removals, replacements and swaps of adjacent characters.
const fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // Most pairs are excluded here. The compiler rejects constants that take too long.
    if a.len().abs_diff(b.len()) > limit || a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    // One row per prefix of `a` and one column per prefix of `b`. Only the last three rows are kept.
    let mut rows = [[0; LONGEST + 1]; 3];
    let mut i = 0;
    while i <= a.len() {
        let mut j = 0;
        while j <= b.len() {
            let (row, above) = (i % 3, (i + 2) % 3);
            let mut least = i + j;
            if i > 0 && j > 0 {
                least = rows[above][j - 1] + (a[i - 1] != b[j - 1]) as usize;
                least = smaller(least, smaller(rows[above][j], rows[row][j - 1]) + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = smaller(least, rows[(i + 1) % 3][j - 2] + 1);
                }
            }
            rows[row][j] = least;
            j += 1;
        }
        i += 1;
    }
    let found = rows[a.len() % 3][b.len()];
    if found <= limit { Some(found) } else { None }
}

const fn smaller(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests;
