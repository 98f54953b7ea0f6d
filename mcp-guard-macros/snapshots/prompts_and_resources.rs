#[guarded_tools]
impl Todos {
    /// Plan the day.
    #[guarded_prompt(scope = "todo:read", title = "Plan", scopes_for = of_topic)]
    async fn plan(&self, Parameters(about): Parameters<About>) -> Result<String, Error> {
        Ok(about.topic)
    }

    #[guarded_prompt(public)]
    fn hello(token: Option<ValidatedToken>) {}

    /// All of them.
    #[guarded_resource(uri = "todo://todos", scope = "todo:read", mime_type = "text/markdown")]
    fn todos(&self, ResourceUri(uri): ResourceUri) -> String {
        uri
    }

    #[cfg(feature = "lists")]
    #[guarded_resource(uri = "todo://lists/{list}/{id}{?done}", authenticated, scopes_for = |done, list: &String| of_list(list, done))]
    async fn todo(&self, id: u64, done: Option<bool>, token: ValidatedToken) -> Result<Json<Todo>, Error> {
        self.find(id, done, token).await
    }

    #[guarded_resource(uri = "todo://files/{+path}", any_of = ["todo:read", ADMIN], scopes_for = Self::of_path)]
    fn file(&self, Parameters(file): Parameters<File>) -> Vec<u8> {
        file.read()
    }
}
