//! A request that needs no connection.

use rmcp::model::{ClientRequest, ProtocolVersion, RequestId, RequestMetaObject};

/// A stateless request that the gate has admitted, and that rmcp's transport would accept.
#[derive(Debug)]
pub(crate) struct DirectCall {
    pub(crate) id: RequestId,
    pub(crate) request: ClientRequest,
    /// The `_meta` of the request.
    pub(crate) meta: RequestMetaObject,
    pub(crate) revision: Revision,
}

/// The revision of a stateless request, which determines the HTTP status of errors.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Revision {
    /// 2026-07-28: each request names its revision in `_meta`.
    Negotiated,
    /// An older revision without a session.
    Legacy(ProtocolVersion),
}

impl Revision {
    /// Returns the revision of a request whose `MCP-Protocol-Version` header is `header`. `None` if rmcp's transport
    /// would reject the request, or serve it in a session.
    pub(crate) fn of(header: Option<&str>, meta: &RequestMetaObject, has_sessions: bool) -> Option<Self> {
        let in_meta = meta.protocol_version();
        let Some(header) = header else {
            // The default of rmcp's transport (MCP 2025-06-18, "Protocol Version Header").
            return (in_meta.is_none() && !has_sessions).then_some(Self::Legacy(ProtocolVersion::V_2025_03_26));
        };
        let version = ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| known.as_str() == header)?;
        if *version == ProtocolVersion::V_2026_07_28 {
            return (in_meta.as_ref() == Some(version)).then_some(Self::Negotiated);
        }
        (in_meta.is_none() && !has_sessions).then(|| Self::Legacy(version.clone()))
    }

    /// Returns the protocol version.
    pub(super) fn version(&self) -> &ProtocolVersion {
        match self {
            Self::Negotiated => &ProtocolVersion::V_2026_07_28,
            Self::Legacy(version) => version,
        }
    }
}
