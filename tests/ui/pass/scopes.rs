//! A vocabulary, and a server whose scopes are all in it.

#![deny(warnings)]

use mcp_guard::policy::Requirement;
use mcp_guard::policy::Vocabulary;
use mcp_guard::prelude::*;

/// What a caller may be allowed to do.
#[derive(Scopes)]
enum TodoScope {
    /// See your todos.
    ///
    ///   All of them.
    #[scope("todo:read")]
    Read,
    #[doc = concat!("Create and change", " your todos.")]
    #[scope("todo:write", implies(Read))]
    Write,
    #[scope(r"todo:delete", implies(Write, Read,))]
    #[deprecated = "nobody should delete"]
    Delete = 7,
    #[cfg(any())]
    #[scope("todo:read")]
    Nowhere(ThereIsNoSuchType),
    /// Unused but for its text.
    #[scope("r#todo:type")]
    r#Type,
}

struct Todos;

#[guarded_tools(scopes = TodoScope)]
impl Todos {
    #[guarded_tool(scope = TodoScope::Write)]
    fn add(&self) {}

    #[guarded_tool(scopes = [TodoScope::Read, "r#todo:type"])]
    fn list(&self) {}

    #[guarded_tool(any_of = ["todo:write", self::TodoScope::Read])]
    fn count(&self) {}

    #[cfg(any())]
    #[guarded_tool(scope = "todo:nowhere")]
    fn never(&self) {}
}

struct Others<T>(T);

/// Nothing to look up.
#[guarded_tools(scopes = crate::scopes::TodoScope)]
impl<T: Send + Sync + 'static> Others<T> {
    #[guarded_tool(authenticated)]
    fn whoami(&self) {
        let _ = &self.0;
    }

    #[cfg(any())]
    #[guarded_tool(scope = "todo:nowhere")]
    fn never(&self) {}
}

mod elsewhere {
    pub mod guard {
        pub use mcp_guard::*;
    }

    #[derive(Clone, Copy, Debug, PartialEq, guard::Scopes)]
    #[scopes(crate = crate::scopes::elsewhere::guard)]
    pub enum MailScope {
        #[scope("mail:send")]
        Send,
    }
}

macro_rules! vocabulary {
    ($name:ident: $($variant:ident = $text:literal $(=> $implied:ident)?),*) => {
        #[derive(Scopes)]
        enum $name {
            $(#[scope($text $(, implies($implied))?)] $variant),*
        }

        struct Written;

        #[guarded_tools(scopes = $name)]
        impl Written {
            $(
                #[allow(non_snake_case)]
                #[guarded_tool(scope = $text)]
                fn $variant(&self) {}
            )*
        }
    };
}

vocabulary!(Short: A = "a", B = "b" => A);

#[test]
fn works() {
    let [read, write, delete] = ["todo:read", "todo:write", "todo:delete"].map(Scope::from_static);
    assert_eq!(TodoScope::TEXTS, ["todo:read", "todo:write", "todo:delete", "r#todo:type"]);
    assert_eq!(TodoScope::Read.description(), Some("See your todos.\nAll of them."));
    assert_eq!(TodoScope::Write.description(), Some("Create and change your todos."));
    assert_eq!(TodoScope::ALL[2].description(), None);
    assert!(matches!(TodoScope::Write.implies(), [TodoScope::Read]));
    assert!(matches!(TodoScope::ALL[2].implies(), [TodoScope::Write, TodoScope::Read]));
    assert_eq!(Scope::from(TodoScope::Write), write);
    assert_eq!(ScopeSet::from(TodoScope::Write), write.clone().into());
    assert_eq!(ScopeSet::from([TodoScope::Write, TodoScope::Read]).to_string(), "todo:read todo:write");
    assert_eq!(elsewhere::MailScope::Send.scope().as_str(), "mail:send");

    let vocabulary = Vocabulary::of::<TodoScope>();
    assert!(vocabulary.contains(&read) && !vocabulary.contains(&Scope::from_static("todo:nowhere")));
    let implications: Vec<_> = vocabulary.implications().collect();
    assert_eq!(implications, [(write.clone(), read.clone()), (delete.clone(), write.clone()), (delete, read.clone())]);

    let tools = Todos::guarded_tools();
    assert_eq!(tools.requirement("add"), Some(&Requirement::scope(write.clone())));
    assert_eq!(tools.requirement("count"), Some(&Requirement::any(write, [read])));
    assert_eq!(Others::<u8>::guarded_tools().list().len(), 1);
    assert_eq!(Written::guarded_tools().list().len(), 2);
    assert!(matches!(Short::B.implies(), [Short::A]));
    Others(()).whoami();
}
