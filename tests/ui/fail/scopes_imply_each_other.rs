use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read", implies(Write))]
    Read,
    #[scope("todo:write", implies(Read))]
    Write,
    #[scope("mail:read", implies(MailRefer))]
    MailRead,
    #[scope("mail:send", implies(MailRead))]
    MailSend,
    #[scope("mail:refer", implies(Read, MailSend))]
    MailRefer,
}

fn main() {}
