//! Matches URIs against resource URI templates (RFC 6570). `mcp-guard` matches at run time; its macros check templates
//! at compile time.
//!
//! RFC 6570 defines the expansion of a template, but not the matching of a URI (section 1.4). A guard requires a unique
//! match, and the same match in both locks, so:
//!
//! 1. A URI matches if expanding the template with the values gives the same octets. Neither the URI nor the template
//!    is normalized: `%61`, `%2f` (equivalent to `a` and `%2F` in RFC 3986 section 6.2.2) and `TODO:` never match `a`,
//!    `%2F` and `todo:`. Rules 2 to 4 allow several spellings of the same values, so a guard must compare values, as
//!    `mcp-guard` does.
//! 2. `{id}` (section 3.2.2) is a name: one or more unreserved or percent-encoded characters. A delimiter ends it.
//!    `!'()*` may also be unencoded, because `encodeURIComponent`, which most MCP clients use, does not encode them.
//! 3. `{+path}` (section 3.2.3) is a relative path: names separated by `/`, in which reserved characters may also be
//!    unencoded, except `?` and `#`. `%2F` does not match.
//! 4. `{?q,lang}` (section 3.2.8) is free text by key, in any order. Keys are optional. A URI with an unknown or
//!    repeated key does not match.
//! 5. Values are percent-decoded once, to UTF-8.
//! 6. A name, and each name in a path, is rejected if it contains `/`, `\` or a control character, if it consists only
//!    of dots and spaces, or if it is still percent-encoded after decoding. Free text is rejected if it contains a NUL.
//! 7. A template with operators or modifiers that could match in two ways is rejected when it is parsed.
//!
//! Matching does not backtrack. It takes time linear in the length of the URI, which is limited to 8 KiB.
//!
//! # Security
//!
//! Rule 6 guarantees that `root.join(value)` stays below `root` on Unix, for names and paths, apart from symbolic
//! links. It does not on Windows, where `C:` and `CON` are names: open files with a library that is confined to a
//! directory, such as `cap-std`. There is no such guarantee for free text (`{?q}`).

mod overlap;
mod parse;
mod template;

pub use parse::InvalidTemplate;
pub use template::UriTemplate;
