//! The secret of the seals, and the keys that are derived from it.

use std::sync::{Arc, LazyLock};

use hmac::{Hmac, KeyInit as _, Mac as _};
use rmcp::model::RequestStateCodec;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The keys that are derived from one secret, one for each kind of value.
pub(super) struct Keys {
    pub(super) sessions: Hmac<Sha256>,
    pub(super) tasks: Hmac<Sha256>,
    pub(super) states: RequestStateCodec,
}

opaque_debug!(redacted Keys);

impl Keys {
    /// Returns the keys of this process. Like the sessions, they do not outlive it.
    pub(super) fn of_process() -> Arc<Self> {
        static KEYS: LazyLock<Arc<Keys>> =
            LazyLock::new(|| Arc::new(Keys::derived_from(&Zeroizing::new(rand::random()))));
        Arc::clone(&KEYS)
    }

    /// Derives the keys from a uniformly random secret.
    pub(super) fn derived_from(secret: &[u8; 32]) -> Self {
        let derived = |purpose: &[u8]| {
            let mut mac = new_hmac(secret);
            mac.update(purpose);
            Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()))
        };
        Self {
            sessions: new_hmac(&*derived(b"mcp-guard session id")),
            tasks: new_hmac(&*derived(b"mcp-guard task id")),
            states: RequestStateCodec::try_new(*derived(b"mcp-guard request state"))
                .expect("32 bytes are long enough for the codec"),
        }
    }
}

fn new_hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}
