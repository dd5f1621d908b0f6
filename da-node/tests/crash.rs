//! Kill -9 at any time loses no blob that was acknowledged.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use support::{DevnetProcess, UP_DEADLINE};
use tokio::sync::mpsc;
use weft_rollup_adapter::{BlobId, DataAvailability, Layout, Namespace, Wait};

/// Posts that are under way at once.
const POSTERS: u64 = 3;
/// Acknowledged posts after which the network is killed, in each life.
const LIVES: [usize; 2] = [4, 9];

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_network_serves_every_acknowledged_blob() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let namespace: Namespace = "c0ffee".parse().unwrap();
    let mut acknowledged: Vec<(BlobId, Vec<u8>)> = Vec::new();

    for (life, target) in LIVES.into_iter().enumerate() {
        let devnet = DevnetProcess::start(folder.path()).await;
        let client = Arc::new(devnet.client(0));
        let (told, mut posts) = mpsc::unbounded_channel();
        let posters: Vec<_> = (0..POSTERS)
            .map(|poster| {
                let (client, told) = (Arc::clone(&client), told.clone());
                let mut random = ChaCha20Rng::seed_from_u64(seed ^ (life as u64) << 8 ^ poster);
                tokio::spawn(async move {
                    loop {
                        let mut batch = vec![0; random.random_range(1..300_000)];
                        random.fill_bytes(&mut batch);
                        let post = client
                            .post(
                                &namespace,
                                Layout::Packed,
                                batch.clone().into(),
                                Wait::Certified,
                            )
                            .await;
                        match post {
                            Ok(receipt) if told.send((receipt.blob_id(), batch)).is_ok() => {}
                            _ => return,
                        }
                    }
                })
            })
            .collect();
        drop(told);
        let enough = acknowledged.len() + target;
        while acknowledged.len() < enough {
            let post = tokio::time::timeout(UP_DEADLINE, posts.recv())
                .await
                .expect("in time");
            acknowledged.push(post.expect("posters go on until the network is killed"));
        }
        devnet.kill().await;
        // What the network acknowledged before it died counts, also what was told after the kill.
        for poster in posters {
            poster.abort();
        }
        while let Some(post) = posts.recv().await {
            acknowledged.push(post);
        }
    }

    let devnet = DevnetProcess::start(folder.path()).await;
    eprintln!("{} acknowledged blobs are read back", acknowledged.len());
    for gateway in [0, 1] {
        let client = devnet.client(gateway);
        for (blob_id, batch) in &acknowledged {
            let read = async {
                client.wait(blob_id, Wait::Ordered).await.unwrap();
                client.read(blob_id).await.unwrap().into_batch().unwrap()
            };
            let read = tokio::time::timeout(Duration::from_secs(60), read)
                .await
                .unwrap_or_else(|_| panic!("blob {blob_id} is read in time"));
            assert_eq!(
                &read.batch()[..],
                &batch[..],
                "blob {blob_id} through gateway {gateway}"
            );
        }
    }
}
