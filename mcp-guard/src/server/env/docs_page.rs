//! The environment variable of the documentation page.

use super::EnvConfig;
use crate::config::{EnvError, Setting};
#[cfg(feature = "docs-page")]
use crate::server::{DocsPage, Observation};
use crate::server::{NoTools, ResourceServerBuilder};

impl EnvConfig {
    /// Adds the documentation page, if it is configured.
    pub(super) fn docs_page(
        &self,
        builder: ResourceServerBuilder<NoTools>,
        errors: &mut Vec<EnvError>,
    ) -> ResourceServerBuilder<NoTools> {
        let is_open = match self.get(Setting::Docs) {
            None | Some("false") => return builder,
            Some("true") => true,
            Some("guarded") => false,
            Some(_) => {
                errors.push(self.invalid(Setting::Docs, "true for an open page, guarded, or false"));
                return builder;
            }
        };
        #[cfg(feature = "docs-page")]
        {
            let page = if is_open { DocsPage::open() } else { DocsPage::guarded() };
            builder.observation(Observation::new().docs(page))
        }
        #[cfg(not(feature = "docs-page"))]
        {
            let _ = is_open;
            errors.push(self.unused(Setting::Docs, "mcp-guard without its `docs-page` feature"));
            builder
        }
    }
}
