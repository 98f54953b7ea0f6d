#[automatically_derived]
#[allow(deprecated)]
impl crate::guard::__private::Scopes for TodoScope {
    const ALL: &'static [Self] = &[Self::Read, Self::Write, Self::Admin];
    const TEXTS: &'static [&'static ::core::primitive::str] = &[
        "todo:read",
        "todo:write",
        "todo:admin",
    ];
    fn scope(&self) -> crate::guard::__private::Scope {
        crate::guard::__private::Scope::from_static(
            match self {
                Self::Read => "todo:read",
                Self::Write => "todo:write",
                Self::Admin => "todo:admin",
            },
        )
    }
    fn description(&self) -> ::core::option::Option<&'static ::core::primitive::str> {
        match self {
            Self::Read => ::core::option::Option::Some("See your todos."),
            Self::Write => ::core::option::Option::None,
            Self::Admin => {
                ::core::option::Option::Some(
                    ::core::concat!("Do anything.", "\n", "Give it to nobody."),
                )
            }
        }
    }
    fn implies(&self) -> &'static [Self] {
        match self {
            Self::Read => &[],
            Self::Write => &[Self::Read],
            Self::Admin => &[Self::Read, Self::Write],
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<TodoScope> for crate::guard::__private::Scope {
    fn from(__mcp_guard_scope: TodoScope) -> Self {
        crate::guard::__private::Scopes::scope(&__mcp_guard_scope)
    }
}
#[automatically_derived]
impl ::core::convert::From<TodoScope> for crate::guard::__private::ScopeSet {
    fn from(__mcp_guard_scope: TodoScope) -> Self {
        <Self as ::core::convert::From<
            crate::guard::__private::Scope,
        >>::from(crate::guard::__private::Scopes::scope(&__mcp_guard_scope))
    }
}
