//! Free ports that stay reserved until a node listens on them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use tokio::net::TcpSocket;

/// A free loopback port, bound but not listened on.
///
/// While this value lives, the system gives the port to no process that asks for any free port.
/// libp2p can still listen on it, because both sockets set both reuse options. So the genesis can
/// contain a consensus address before the engine that listens there starts.
#[derive(Debug)]
pub(super) struct KeptPort {
    address: SocketAddr,
    _socket: TcpSocket,
}

impl KeptPort {
    /// Takes a free port.
    pub(super) fn take() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        #[cfg(unix)]
        socket.set_reuseport(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self {
            address: socket.local_addr()?,
            _socket: socket,
        })
    }

    /// The address to listen on.
    pub(super) fn address(&self) -> Multiaddr {
        Multiaddr::from(self.address.ip()).with(Protocol::Tcp(self.address.port()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn kept_ports_are_handed_out_once_and_can_be_listened_on() {
        let kept: Vec<_> = (0..64).map(|_| KeptPort::take().unwrap()).collect();
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut ports = std::collections::BTreeSet::from([other.local_addr().unwrap()]);
        assert!(kept.iter().all(|kept| ports.insert(kept.address)));

        let kept = &kept[0];
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        #[cfg(unix)]
        socket.set_reuseport(true).unwrap();
        socket.bind(kept.address).unwrap();
        let listener = socket.listen(8).unwrap();
        let (dialled, accepted) = tokio::join!(
            tokio::net::TcpStream::connect(kept.address),
            listener.accept()
        );
        assert_eq!(dialled.unwrap().local_addr().unwrap(), accepted.unwrap().1);
    }
}
