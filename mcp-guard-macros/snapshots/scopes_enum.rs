#[derive(Scopes)]
#[scopes(crate = crate::guard)]
enum TodoScope {
    /// See your todos.
    #[scope("todo:read")]
    Read,
    #[scope("todo:write", implies(Read))]
    Write,
    /// Do anything.
    ///
    /// Give it to nobody.
    #[scope("todo:admin", implies(Read, Write))]
    Admin,
}
