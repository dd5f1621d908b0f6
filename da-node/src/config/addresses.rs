//! Multiaddresses in a configuration.

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::ConfigError;

/// What an address is for, which says what it must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of this node, TCP or QUIC, without a peer id.
    Own,
    /// A peer's, TCP or QUIC, with its id at the end.
    Peer,
}

impl Kind {
    fn limit(self) -> &'static str {
        match self {
            Self::Own => "/ip4/HOST/tcp/PORT or /ip4/HOST/udp/PORT/quic-v1",
            Self::Peer => {
                "/ip4/HOST/tcp/PORT/p2p/PEER-ID or /ip4/HOST/udp/PORT/quic-v1/p2p/PEER-ID"
            }
        }
    }
}

/// An address of this kind by its text.
pub(super) fn address(
    field: &'static str,
    text: &str,
    kind: Kind,
) -> Result<Multiaddr, ConfigError> {
    let wrong = || ConfigError::value(field, format!("{text:?}"), kind.limit());
    let address: Multiaddr = text.parse().map_err(|_| wrong())?;
    let mut parts = address.iter();
    let named = matches!(
        parts.next(),
        Some(
            Protocol::Ip4(_)
                | Protocol::Ip6(_)
                | Protocol::Dns(_)
                | Protocol::Dns4(_)
                | Protocol::Dns6(_)
        )
    );
    let transport = match parts.next() {
        Some(Protocol::Tcp(_)) => true,
        Some(Protocol::Udp(_)) => matches!(parts.next(), Some(Protocol::QuicV1)),
        _ => false,
    };
    let ends = match parts.next() {
        None => kind == Kind::Own,
        Some(Protocol::P2p(_)) => kind == Kind::Peer && parts.next().is_none(),
        Some(_) => false,
    };
    if named && transport && ends {
        Ok(address)
    } else {
        Err(wrong())
    }
}
