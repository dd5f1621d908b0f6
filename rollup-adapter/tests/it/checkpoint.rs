//! Checkpoints and trusting periods: what they refuse, and where a client may begin.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{Json, Router, routing::get};
use weft_chain::{Checkpoint, Height, Parent};
use weft_encoding::Fault;
use weft_rollup_adapter::{
    DataAvailability, LearnError, SubscribeError, Trust,
    verify::{HeaderError, verify_header},
};
use weft_test_chain::GrowingChain;

use crate::{
    chain::{ServedChain, namespace, new_chain},
    changes::{gateway, honest},
    gateway::TestGateway,
    retired::{fork, serve},
};

fn checkpoint(chain: &GrowingChain, height: u64) -> Checkpoint {
    Checkpoint {
        height: Height::new(height),
        hash: chain.block(height).signed.header.hash(),
    }
}

#[tokio::test]
async fn a_chain_without_the_checkpoint_is_refused() {
    let fork = fork();
    let trusted = checkpoint(&fork.chain, 4);
    let trust = fork.chain.trust().with_checkpoint(trusted);
    let da = serve(&fork.forged, honest(&fork.forged))
        .await
        .client(trust);
    match da.head().await {
        Err(SubscribeError::ValidatorSet(LearnError::Checkpoint(HeaderError::NotCheckpoint {
            checkpoint,
            found,
        }))) => {
            assert_eq!(checkpoint, trusted);
            assert_eq!(found, fork.forged.block(4).signed.header.hash());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn sets_before_the_checkpoint_sign_nothing_above_it_though_the_change_is_hidden() {
    let fork = fork();
    let trust = fork
        .chain
        .trust()
        .with_checkpoint(checkpoint(&fork.chain, 4));
    // The gateway shows the checkpoint, and no change of before.
    let shown = fork.chain.header(4);
    let (router, _) = gateway(fork.forged.clone(), Arc::new(|_, _| None));
    let router = Router::new()
        .route("/blocks/4", get(move || async move { Json(shown) }))
        .merge(router);
    let da = TestGateway::serve(router).await.client(trust);
    match da.header(Height::new(5)).await {
        Err(SubscribeError::Header(HeaderError::RetiredValidatorSet {
            height,
            replaced_at,
            ..
        })) => assert_eq!((height.get(), replaced_at.get()), (5, 4)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_begins_at_a_checkpoint_after_changes() {
    let fork = fork();
    let trust = fork
        .chain
        .trust()
        .with_checkpoint(checkpoint(&fork.chain, 4));
    let error = verify_header(&trust, fork.chain.header(5)).unwrap_err();
    assert!(
        matches!(error, HeaderError::CheckpointNotShown { .. }),
        "{error}"
    );
    let (router, asked) = gateway(fork.chain.clone(), honest(&fork.chain));
    let da = TestGateway::serve(router).await.client(trust);
    da.head().await.unwrap().unwrap();
    let asked = asked.load(Ordering::SeqCst);
    assert_eq!(
        asked, 1,
        "the keys of the one set, and no way back to the genesis"
    );
    // What is linked up to the checkpoint is of its chain.
    let ns = namespace("0a11ce");
    let list = da.list(&ns, Height::FIRST, Height::new(5)).await.unwrap();
    assert_eq!(list.blocks().len(), 5);
}

#[test]
fn headers_that_lead_to_another_block_than_the_checkpoint_are_refused() {
    let fork = fork();
    let trusted = checkpoint(&fork.chain, 2);
    let trust = fork.chain.trust().with_checkpoint(trusted);
    let shown = fork.chain.block(2).signed.header.clone();
    trust.show_checkpoint(&shown).unwrap();
    let error = verify_header(&trust, fork.forged.header(2)).unwrap_err();
    assert!(
        matches!(error, HeaderError::NotCheckpoint { .. }),
        "{error}"
    );
}

const DAY: u64 = 86_400_000;

fn times(chain: &GrowingChain) -> impl Fn(&Trust, u64) -> Trust {
    let genesis = chain.genesis.time_ms;
    move |trust, days| trust.within(Duration::from_millis(14 * DAY), genesis + days * DAY)
}

#[test]
fn trust_beyond_its_period_accepts_no_later_header() {
    let mut chain = new_chain("weft-test");
    chain.push_empty();
    // A block ten days after the genesis, and one after it.
    let late = Parent {
        time: chain.tip().time + 10 * DAY,
        ..chain.tip()
    };
    chain.push_empty_after(&late);
    chain.push_empty();
    let (trust, at) = (chain.trust(), times(&chain));

    let error = verify_header(&at(&trust, 15), chain.header(1)).unwrap_err();
    assert_eq!(error.fault(), Fault::Caller);
    match error {
        HeaderError::Expired {
            height,
            newest,
            period_ms,
            ..
        } => {
            assert_eq!((height.get(), newest.get()), (1, 0));
            assert_eq!(period_ms, 14 * DAY);
        }
        other => panic!("{other}"),
    }

    // Every header that is verified in time begins the period anew.
    verify_header(&at(&trust, 13), chain.header(2)).unwrap();
    assert_eq!(trust.newest().0, Height::new(2));
    verify_header(&at(&trust, 23), chain.header(3)).unwrap();
    let error = verify_header(&at(&chain.trust(), 23), chain.header(3)).unwrap_err();
    assert!(
        error.to_string().contains("name a newer checkpoint"),
        "{error}"
    );
    // Below the newest nothing new is believed of the present.
    verify_header(&at(&trust, 99), chain.header(1)).unwrap();
}

#[test]
fn a_header_of_the_future_prolongs_no_trust() {
    let mut chain = new_chain("weft-test");
    let far = Parent {
        time: chain.tip().time + 400 * DAY,
        ..chain.tip()
    };
    chain.push_empty_after(&far);
    chain.push_empty();
    let (trust, at) = (chain.trust(), times(&chain));
    verify_header(&at(&trust, 1), chain.header(1)).unwrap();
    let error = verify_header(&at(&trust, 16), chain.header(2)).unwrap_err();
    assert!(matches!(error, HeaderError::Expired { .. }), "{error}");
}

#[tokio::test]
async fn a_client_whose_trust_is_old_says_what_to_do() {
    let fork = fork();
    let served = serve(&fork.chain, honest(&fork.chain)).await;
    let da = served.client_with(fork.chain.trust(), |config| {
        config.trusting_period = Some(Duration::from_millis(14 * DAY));
    });
    let error = da.header(Height::FIRST).await.unwrap_err();
    assert!(
        matches!(
            error,
            SubscribeError::Header(HeaderError::Expired { period_ms, .. }) if period_ms == 14 * DAY
        ),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Caller);
    assert!(
        error.to_string().contains("name a newer checkpoint"),
        "{error}"
    );
}
