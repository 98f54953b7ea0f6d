use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(title, instructions =)]
impl Todos {
    #[guarded_tool(authenticated, title, input_schema, output_schema =, icons, meta(), annotations(title))]
    fn add(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos", authenticated, mime_type, description =)]
    fn todos(&self) -> String {
        String::new()
    }
}

fn main() {}
