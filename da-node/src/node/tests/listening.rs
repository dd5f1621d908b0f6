//! A node whose address is taken does not start.

use weft_network::identity::Keypair;

use super::*;
use crate::config::{MalachiteSettings, OrdererKind};
use crate::node::NodeError;

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_of_peers_or_of_the_engine_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let chain = TestChain::new(1);
    let refused = |change: fn(&mut NodeOptions, Multiaddr)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_path_buf();
        let mut options =
            NodeOptions::new(chain.genesis.clone(), path, Keypair::generate_ed25519());
        options.validator_key = Some(chain.keys[0].clone());
        change(&mut options, address.clone());
        async move {
            let _folder = folder;
            match Node::start(options).await {
                Err(NodeError::Listen { field, address, .. }) => (field, address),
                other => panic!("{other:?}"),
            }
        }
    };
    let peers = refused(|options, address| options.listen = vec![address]).await;
    assert_eq!(peers, ("network.listen", address.clone()));
    let engine = refused(|options, address| {
        options.orderer.kind = OrdererKind::Malachite(MalachiteSettings {
            listen: Some(address),
            ..MalachiteSettings::default()
        });
    });
    assert_eq!(engine.await, ("orderer.listen", address.clone()));
}
