//! The kinds of guarded operations, and the attribute of each.

use syn::Attribute;

use super::key::Key;

/// The kind of operation that an attribute guards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// `#[guarded_tool(..)]`.
    Tool,
    /// `#[guarded_prompt(..)]`.
    Prompt,
    /// `#[guarded_resource(..)]`.
    Resource,
    /// `#[guarded(..)]`, on a method in an `impl ServerHandler`.
    Method,
}

impl Kind {
    /// The kinds that `#[guarded_tools]` registers.
    pub(crate) const COLLECTED: [Self; 3] = [Self::Tool, Self::Prompt, Self::Resource];

    /// Returns the kind of an attribute that `#[guarded_tools]` registers, also for `#[mcp_guard::guarded_tool]`.
    pub(crate) fn of(attr: &Attribute) -> Option<Self> {
        let name = &attr.path().segments.last()?.ident;
        Self::COLLECTED.into_iter().find(|kind| name == kind.attribute())
    }

    /// Returns the name of the attribute.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Tool => "guarded_tool",
            Self::Prompt => "guarded_prompt",
            Self::Resource => "guarded_resource",
            Self::Method => "guarded",
        }
    }

    /// Returns the attribute with `requirement`, for the user to paste.
    pub(crate) fn written(self, requirement: &str) -> String {
        let attribute = self.attribute();
        match self {
            Self::Resource => format!("`#[{attribute}(uri = \"..\", {requirement})]`"),
            Self::Tool | Self::Prompt | Self::Method => format!("`#[{attribute}({requirement})]`"),
        }
    }

    /// Returns the noun for this kind in a sentence.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Method => "method",
        }
    }

    /// Returns the keys of the attribute. The [`REQUIREMENTS`] come first.
    pub(super) const fn keys(self) -> &'static [Key] {
        match self {
            Self::Tool => TOOL,
            Self::Prompt => PROMPT,
            Self::Resource => RESOURCE,
            Self::Method => METHOD,
        }
    }
}

/// How many keys, at the start of each list, state a requirement.
pub(super) const REQUIREMENTS: usize = 5;

const SCOPE: Key = Key { name: "scope", example: r#"scope = "todo:write""# };
const SCOPES: Key = Key { name: "scopes", example: r#"scopes = ["todo:read", "todo:write"]"# };
const AUTHENTICATED: Key = Key { name: "authenticated", example: "authenticated" };
const ANY_OF: Key = Key { name: "any_of", example: r#"any_of = ["todo:read", "todo:admin"]"# };
const PUBLIC: Key = Key { name: "public", example: "public" };
const SCOPES_FOR: Key = Key { name: "scopes_for", example: "scopes_for = my_scopes" };
const REPORT_ONLY: Key = Key { name: "report_only", example: "report_only" };
const LIMIT: Key = Key { name: "limit", example: r#"limit = "10/minute""# };
const CONCURRENT: Key = Key { name: "concurrent", example: "concurrent = 2" };
const NAME: Key = Key { name: "name", example: r#"name = "list_todos""# };
const TITLE: Key = Key { name: "title", example: r#"title = "List todos""# };
const DESCRIPTION: Key = Key { name: "description", example: r#"description = "List your todos.""# };
const ICONS: Key = Key { name: "icons", example: "icons = vec![my_icon()]" };
const META: Key = Key { name: "meta", example: "meta = my_meta()" };

const TOOL: &[Key] = &[
    SCOPE,
    SCOPES,
    AUTHENTICATED,
    ANY_OF,
    PUBLIC,
    SCOPES_FOR,
    REPORT_ONLY,
    LIMIT,
    CONCURRENT,
    NAME,
    TITLE,
    DESCRIPTION,
    Key { name: "annotations", example: "annotations(read_only_hint = true)" },
    Key { name: "input_schema", example: "input_schema = my_schema()" },
    Key { name: "output_schema", example: "output_schema = my_schema()" },
    ICONS,
    META,
    Key { name: "read_only", example: "read_only" },
    Key { name: "destructive", example: "destructive" },
    Key { name: "idempotent", example: "idempotent" },
    Key { name: "open_world", example: "open_world" },
    Key { name: "crate", example: "crate = ::mcp_guard" },
];

const PROMPT: &[Key] = &[
    SCOPE,
    SCOPES,
    AUTHENTICATED,
    ANY_OF,
    PUBLIC,
    SCOPES_FOR,
    REPORT_ONLY,
    LIMIT,
    CONCURRENT,
    NAME,
    TITLE,
    DESCRIPTION,
    ICONS,
    META,
];

const RESOURCE: &[Key] = &[
    SCOPE,
    SCOPES,
    AUTHENTICATED,
    ANY_OF,
    PUBLIC,
    SCOPES_FOR,
    REPORT_ONLY,
    LIMIT,
    CONCURRENT,
    Key { name: "uri", example: r#"uri = "todo://todos/{id}""# },
    NAME,
    TITLE,
    DESCRIPTION,
    Key { name: "mime_type", example: r#"mime_type = "application/json""# },
    ICONS,
    META,
];

const METHOD: &[Key] = &[SCOPE, SCOPES, AUTHENTICATED, ANY_OF, PUBLIC, REPORT_ONLY, LIMIT, CONCURRENT];
