#[guarded_tool(public)]
fn version() -> String {
    VERSION.to_owned()
}
