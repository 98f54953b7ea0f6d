#[guarded_tools]
impl<T, const N: usize> Todos<T, N>
where
    T: Store + Clone,
{
    #[guarded_tool(scope = "todo:read")]
    async fn list(&self, context: RequestContext<RoleServer>) -> Json<Vec<T::Item>> {
        Json(self.store.list(N).await)
    }
}
