//! The peer of a request without a connection.

use std::convert::Infallible;
use std::future::ready;
use std::sync::OnceLock;

use rmcp::model::{ClientCapabilities, Implementation, InitializeRequestParams, ProtocolVersion};
use rmcp::service::{Peer, RxJsonRpcMessage, TxJsonRpcMessage, serve_directly};
use rmcp::transport::Transport;
use rmcp::{RoleServer, ServerHandler};

/// Returns a closed peer whose client speaks this revision. It has no connection: everything sent to it fails.
///
/// Like the peer of rmcp's stateless transport, it knows nothing about the client except the revision.
pub(super) fn closed(version: &ProtocolVersion) -> Option<Peer<RoleServer>> {
    static PEERS: [OnceLock<Peer<RoleServer>>; ProtocolVersion::KNOWN_VERSIONS.len()] =
        [const { OnceLock::new() }; ProtocolVersion::KNOWN_VERSIONS.len()];

    let index = ProtocolVersion::KNOWN_VERSIONS.iter().position(|known| known == version)?;
    let peer = PEERS.get(index)?.get_or_init(|| {
        let mut client = InitializeRequestParams::new(ClientCapabilities::default(), Implementation::default());
        client.protocol_version = version.clone();
        // `Peer` has no public constructor. The service ends at once, because its transport has no messages.
        serve_directly(Nobody, Ended, Some(client)).peer().clone()
    });
    Some(peer.clone())
}

/// A server that receives no requests.
struct Nobody;

impl ServerHandler for Nobody {}

/// A transport that has ended.
struct Ended;

impl Transport<RoleServer> for Ended {
    type Error = Infallible;

    fn send(
        &mut self,
        _: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Infallible>> + Send + 'static {
        ready(Ok(()))
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        None
    }

    async fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
