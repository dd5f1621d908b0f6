//! Whether an address can be listened on.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// Binds the address for a moment to check that it is free. libp2p shares a TCP port with any
/// program of the same user that also allows sharing, and Malachite only logs that it cannot
/// listen. In both cases the node would be unreachable without an error.
///
/// An address without an IP address, or of another transport than TCP and UDP, passes.
///
/// # Errors
/// The system's error: the address is taken or is not one of this machine.
pub fn probe(address: &Multiaddr) -> io::Result<()> {
    let mut host: Option<IpAddr> = None;
    for protocol in address {
        match (protocol, host) {
            (Protocol::Ip4(ip), _) => host = Some(ip.into()),
            (Protocol::Ip6(ip), _) => host = Some(ip.into()),
            (Protocol::Tcp(port), Some(ip)) => {
                drop(TcpListener::bind(SocketAddr::new(ip, port))?);
            }
            (Protocol::Udp(port), Some(ip)) => {
                drop(UdpSocket::bind(SocketAddr::new(ip, port))?);
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::net::TcpSocket;

    use super::*;

    #[tokio::test]
    async fn a_port_that_another_listens_on_is_taken_even_if_it_would_be_shared() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        #[cfg(unix)]
        socket.set_reuseport(true).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = socket.local_addr().unwrap().port();
        let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
        probe(&address).unwrap();
        let listener = socket.listen(8).unwrap();
        assert_eq!(
            probe(&address).unwrap_err().kind(),
            io::ErrorKind::AddrInUse
        );
        drop(listener);
        probe(&address).unwrap();

        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        let quic: Multiaddr = format!("/ip4/127.0.0.1/udp/{port}/quic-v1")
            .parse()
            .unwrap();
        assert!(probe(&quic).is_err());
        probe(&"/ip4/127.0.0.1/tcp/0".parse().unwrap()).unwrap();
    }
}
