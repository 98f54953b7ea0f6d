//! Scopes that the application derives from other claims.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::scope::ScopeSet;
use crate::token::Claims;

/// The functions of [`Issuer::grants`](crate::Issuer::grants), in order.
#[derive(Clone, Default)]
pub(crate) struct Grants(Vec<Grant>);

type Grant = Arc<dyn Fn(&Map<String, Value>) -> ScopeSet + Send + Sync>;

impl Grants {
    pub(crate) fn push<T, S>(&mut self, scopes: impl Fn(&T) -> S + Send + Sync + 'static)
    where
        T: DeserializeOwned + 'static,
        S: Into<ScopeSet>,
    {
        self.0.push(Arc::new(move |claims| match Claims::<T>::read(claims) {
            Ok(claims) => scopes(&claims).into(),
            // The token remains valid: not every token has these claims.
            Err(_) => {
                tracing::debug!(expected = type_name::<T>(), "claims of unexpected type: no scope is granted");
                ScopeSet::new()
            }
        }));
    }

    /// Returns the listed scopes and the scopes that the functions grant.
    pub(crate) fn add_to(&self, scopes: ScopeSet, claims: &Map<String, Value>) -> ScopeSet {
        self.0.iter().fold(scopes, |scopes, grant| scopes.union(&grant(claims)))
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").field("len", &self.0.len()).finish_non_exhaustive()
    }
}
