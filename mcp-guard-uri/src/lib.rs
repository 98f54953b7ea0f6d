//! Resource URI templates (RFC 6570), matched backwards. The macros of `mcp-guard` judge templates with it while compiling, and the runtime matches with it.
//!
//! RFC 6570 defines how a template becomes a URI and leaves the way back open (section 1.4). A guard needs the way back to
//! have one answer, the same in both locks, so:
//!
//! 1. A URI matches when it is what expanding the template with the values would give, octet by octet. Nothing is
//!    normalized, neither the URI nor the template: `%61`, `%2f` (RFC 3986 section 6.2.2 equates them with `a` and `%2F`) or
//!    `TODO:` never match what `a`, `%2F` and `todo:` match. Where rules 2 to 4 leave two spellings of the same values, a
//!    guard must compare values: `mcp-guard` does.
//! 2. `{id}` (section 3.2.2) is a name: one or more unreserved or percent-encoded characters. A delimiter ends it.
//!    `!'()*` are also taken as they are, because `encodeURIComponent`, and with it most MCP clients, leaves them.
//! 3. `{+path}` (section 3.2.3) is a relative path: names with `/` between, in which reserved characters may also stand
//!    for themselves, except `?` and `#`. `%2F` does not match.
//! 4. `{?q,lang}` (section 3.2.8) is free text by key. A key may be missing, an unknown or repeated one does not match, the
//!    order is free.
//! 5. Values are percent-decoded once, to UTF-8.
//! 6. A name, and each name of a path, is refused if it holds `/`, `\`, a control character or is nothing but dots and
//!    spaces, and also if it is still percent-encoded after decoding. Free text is refused if it holds a NUL.
//! 7. Operators and modifiers that could match in two ways are refused when the template is parsed.
//!
//! Matching takes time linear in the URI, which may be 8 KiB long, and does not backtrack.
//!
//! # Security
//!
//! Rule 6 means that `root.join(value)` stays below `root` on Unix for a name and for a path, apart from symbolic links. It
//! does not on Windows, where `C:` and `CON` are names: open files with a library that is confined to a directory, such as
//! `cap-std`. Free text (`{?q}`) carries no such promise.

mod overlap;
mod parse;
mod template;

pub use parse::InvalidTemplate;
pub use template::UriTemplate;
