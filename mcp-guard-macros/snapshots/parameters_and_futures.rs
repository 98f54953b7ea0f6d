#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    async fn create<'a>(
        &'a self,
        Parameters(todo): Parameters<NewTodo>,
        token: ValidatedToken,
    ) -> Result<Json<Todo<'a>>, TodoError> {
        self.db.create(todo, token.subject()).await
    }

    #[guarded_tool(public)]
    fn hello(&self, token: Option<ValidatedToken>) -> BoxFuture<'_, String> {
        Box::pin(self.greet(token))
    }

    #[guarded_tool(authenticated)]
    fn opaque(Claims(tenant): Claims<Tenant>) -> impl Future<Output = impl IntoContents> + Send {
        async { tenant.name }
    }
}
