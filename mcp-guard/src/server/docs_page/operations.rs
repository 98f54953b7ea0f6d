//! The operations of the page.

use rmcp::model::{Prompt, Resource, ResourceTemplate, Tool};

use super::matrix::{Cell, Columns};
use super::schema::{self, Parameter};
use crate::operation::{Definition, Entry};
use crate::policy::{Policy, Requirement};
use crate::scope::Scope;

/// The operations of one kind.
pub(super) struct Group<'p> {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) operations: Vec<Operation<'p>>,
}

impl Group<'_> {
    pub(super) fn has_calls(&self) -> bool {
        self.operations.iter().any(|operation| operation.call.is_some())
    }
}

/// An operation.
pub(super) struct Operation<'p> {
    /// The `id` of its element.
    pub(super) id: String,
    pub(super) name: &'p str,
    pub(super) title: &'p str,
    pub(super) description: &'p str,
    /// The requirement in words, in front of the scopes.
    pub(super) requires: &'static str,
    pub(super) needed: Vec<String>,
    pub(super) depends_on_arguments: bool,
    pub(super) cells: Vec<Option<Cell>>,
    /// The last column of the matrix.
    pub(super) also: &'static str,
    pub(super) hints: Vec<&'p str>,
    pub(super) parameters: Vec<Parameter<'p>>,
    /// The names of the schemas, and the schemas.
    pub(super) schemas: Vec<(&'static str, String)>,
    pub(super) call: Option<Call<'p>>,
}

/// The request that the form sends.
pub(super) struct Call<'p> {
    pub(super) method: &'static str,
    /// The name of the tool or prompt, or the URI of the resource.
    pub(super) name: &'p str,
    /// Arguments to start with, in JSON.
    pub(super) arguments: String,
    /// The arguments that are mirrored in headers, in JSON.
    pub(super) headers: String,
}

/// The kinds of operations: the `id` and the heading of each.
const KINDS: [(&str, &str); 5] = [
    ("tools", "Tools"),
    ("prompts", "Prompts"),
    ("resources", "Resources"),
    ("templates", "Resource templates"),
    ("methods", "Methods"),
];

const fn kind(definition: Definition<'_>) -> &'static str {
    match definition {
        Definition::Tool(_) => "tools",
        Definition::Prompt(_) => "prompts",
        Definition::Resource(_) => "resources",
        Definition::Template(_) => "templates",
        Definition::Method(_) => "methods",
    }
}

/// Returns the operations by kind.
pub(super) fn groups<'p>(shown: &[(Definition<'p>, &Entry)], policy: &Policy, columns: &Columns) -> Vec<Group<'p>> {
    let group = |(id, heading)| {
        let of_kind = shown.iter().filter(|(definition, _)| kind(*definition) == id);
        let operations = of_kind.enumerate().map(|(at, (definition, entry))| {
            Operation::of(*definition).numbered(id, at).requiring(entry, policy, columns)
        });
        Group { id, heading, operations: operations.collect() }
    };
    KINDS.into_iter().map(group).filter(|group| !group.operations.is_empty()).collect()
}

/// Returns the methods that list the operations of the groups.
pub(super) fn lists(groups: &[Group<'_>]) -> Vec<&'static str> {
    let list = |group: &Group<'_>| match group.id {
        "tools" => Some("tools/list"),
        "prompts" => Some("prompts/list"),
        "resources" => Some("resources/list"),
        "templates" => Some("resources/templates/list"),
        _ => None,
    };
    groups.iter().filter_map(list).collect()
}

impl<'p> Operation<'p> {
    fn of(definition: Definition<'p>) -> Self {
        match definition {
            Definition::Tool(tool) => Self::of_tool(tool),
            Definition::Prompt(prompt) => Self::of_prompt(prompt),
            Definition::Resource(Resource { uri, title, description, mime_type, .. })
            | Definition::Template(ResourceTemplate { uri_template: uri, title, description, mime_type, .. }) => {
                let mut operation = Self::named(uri, title.as_deref(), description.as_deref());
                operation.hints = mime_type.as_deref().into_iter().collect();
                operation.call = Some(Call::new("resources/read", uri));
                operation
            }
            Definition::Method(method) => Self::named(method, None, None),
        }
    }

    fn of_tool(tool: &'p Tool) -> Self {
        let annotations = tool.annotations.as_ref();
        let title = tool.title.as_deref().or_else(|| annotations?.title.as_deref());
        let hint = |value: Option<bool>, yes: &'static str, no: Option<&'static str>| match value? {
            true => Some(yes),
            false => no,
        };
        let hints = annotations.into_iter().flat_map(|hints| {
            [
                hint(hints.read_only_hint, "read-only", None),
                hint(hints.destructive_hint, "destructive", Some("not destructive")),
                hint(hints.idempotent_hint, "idempotent", None),
                hint(hints.open_world_hint, "open world", Some("closed world")),
            ]
        });
        let output = tool.output_schema.as_deref().map(|schema| ("Output schema", schema::pretty(schema)));
        Self {
            hints: hints.flatten().collect(),
            parameters: schema::parameters(&tool.input_schema),
            schemas: std::iter::once(("Input schema", schema::pretty(&tool.input_schema))).chain(output).collect(),
            call: Some(Call {
                arguments: schema::example(&tool.input_schema),
                headers: schema::mirrored(&tool.input_schema),
                ..Call::new("tools/call", &tool.name)
            }),
            ..Self::named(&tool.name, title, tool.description.as_deref())
        }
    }

    fn of_prompt(prompt: &'p Prompt) -> Self {
        let arguments = prompt.arguments.as_deref().unwrap_or_default();
        Self {
            parameters: arguments.iter().map(Parameter::of_prompt).collect(),
            call: Some(Call { arguments: schema::prompt_example(arguments), ..Call::new("prompts/get", &prompt.name) }),
            ..Self::named(&prompt.name, prompt.title.as_deref(), prompt.description.as_deref())
        }
    }

    fn named(name: &'p str, title: Option<&'p str>, description: Option<&'p str>) -> Self {
        Self {
            id: String::new(),
            name,
            title: title.unwrap_or_default(),
            description: description.unwrap_or_default(),
            requires: "",
            needed: Vec::new(),
            depends_on_arguments: false,
            cells: Vec::new(),
            also: "",
            hints: Vec::new(),
            parameters: Vec::new(),
            schemas: Vec::new(),
            call: None,
        }
    }

    /// Sets the `id`: the name, or the number of an operation whose name is unusual. The template adds prefixes with a
    /// colon for related elements.
    fn numbered(mut self, kind: &str, at: usize) -> Self {
        let is_plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        };
        self.id = if is_plain(self.name) { format!("{kind}/{}", self.name) } else { format!("{kind}:{at}") };
        self
    }

    fn requiring(mut self, entry: &Entry, policy: &Policy, columns: &Columns) -> Self {
        let requirement = entry.requirement();
        let names = |scopes: &mut dyn Iterator<Item = &Scope>| scopes.map(ToString::to_string).collect();
        (self.requires, self.needed) = match requirement {
            Requirement::Public if policy.allows_anonymous() => ("no token", Vec::new()),
            Requirement::Any(scopes) => ("one of", names(&mut scopes.iter())),
            requirement => {
                let needed: Vec<String> = names(&mut policy.needed(requirement).iter());
                (if needed.is_empty() { "a valid token" } else { "" }, needed)
            }
        };
        self.cells = columns.cells(policy, requirement);
        self.depends_on_arguments = entry.depends_on_arguments();
        self.also = match (requirement, self.depends_on_arguments) {
            (_, true) => "more for some arguments",
            (Requirement::Public, _) if policy.allows_anonymous() => "public: no token",
            (requirement, _) if policy.needed(requirement).is_empty() => "any valid token",
            _ => "",
        };
        self
    }
}

impl<'p> Call<'p> {
    const fn new(method: &'static str, name: &'p str) -> Self {
        Self { method, name, arguments: String::new(), headers: String::new() }
    }
}
