//! Waiting until the client has caught up with the chain, as long as it makes progress.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};
use weft_chain::Height;

use crate::FollowStatus;

/// How long a block waits until the client has caught up with the chain.
///
/// Claims of peers are not verified, so a claim alone buys one window: each window must bring more
/// final headers than a chain makes in that time. A peer that makes a client wait longer brings it
/// nearer to the tip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatchUp {
    pub(crate) window: Duration,
    /// Headers that must come in a window for the next to begin.
    pub(crate) headers: u64,
    /// How long no peer may claim more: a peer that failed once claims again at the next poll.
    pub(crate) settled: Duration,
}

impl CatchUp {
    /// The rule for a client that asks its peers every `poll`.
    pub(crate) fn new(poll: Duration) -> Self {
        Self {
            window: Duration::from_secs(20),
            headers: 256,
            settled: poll.saturating_mul(2),
        }
    }

    /// Waits until the follower has caught up, or is too slow.
    pub(super) async fn wait(self, mut status: watch::Receiver<FollowStatus>) {
        loop {
            let tip = status.borrow().tip.get();
            let enough = Height::new(tip.saturating_add(self.headers));
            let until = Instant::now() + self.window;
            let window = self.settles(&mut status, enough);
            match timeout_at(until, window).await {
                Ok(false) => {}
                Ok(true) | Err(_) => return,
            }
        }
    }

    /// True once the follower has been caught up for [`Self::settled`]; false once the tip has reached
    /// `enough`.
    async fn settles(self, status: &mut watch::Receiver<FollowStatus>, enough: Height) -> bool {
        loop {
            let near = status.wait_for(|now| !now.catching_up || now.tip >= enough);
            match near.await {
                Ok(now) if now.catching_up => return false,
                Ok(_) => {}
                // The follower has stopped.
                Err(_) => return true,
            }
            let again = status.wait_for(|now| now.catching_up);
            if !matches!(timeout(self.settled, again).await, Ok(Ok(_))) {
                return true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const RULE: CatchUp = CatchUp {
        window: Duration::from_secs(1),
        headers: 10,
        settled: Duration::from_millis(300),
    };

    /// Nothing here takes that long.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn status(tip: u64, catching_up: bool) -> FollowStatus {
        FollowStatus {
            tip: Height::new(tip),
            catching_up,
            ..Default::default()
        }
    }

    async fn wait(status: &watch::Sender<FollowStatus>) {
        timeout(PATIENCE, RULE.wait(status.subscribe()))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn claims_alone_buy_one_window() {
        let standing = watch::Sender::new(status(5, true));
        let started = Instant::now();
        wait(&standing).await;
        assert!(started.elapsed() >= RULE.window);

        // One that claims and fails, and claims again, buys no more; nor does a chain that only
        // grows as chains do.
        let flickering = watch::Sender::new(status(5, true));
        let flicker = async {
            for step in 0u64.. {
                flickering.send_replace(status(5 + step / 100, step % 2 == 0));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = wait(&flickering) => {}
            () = flicker => {}
        }
    }

    #[tokio::test]
    async fn a_chain_that_comes_nearer_is_waited_for() {
        let following = watch::Sender::new(status(0, true));
        let rising = async {
            for step in 1..=30 {
                tokio::time::sleep(RULE.window / 20).await;
                following.send_replace(status(step * RULE.headers, true));
            }
            // A peer fails, and claims again before long.
            following.send_replace(status(300, false));
            tokio::time::sleep(RULE.settled / 30).await;
            following.send_replace(status(301, true));
            following.send_replace(status(302, false));
            std::future::pending().await
        };
        tokio::select! {
            () = wait(&following) => {}
            () = rising => {}
        }
        assert_eq!(following.borrow().tip, Height::new(302));
    }

    #[tokio::test]
    async fn a_follower_that_has_stopped_is_not_waited_for() {
        for catching_up in [true, false] {
            let (stopped, status) = watch::channel(status(5, catching_up));
            drop(stopped);
            timeout(PATIENCE, RULE.wait(status)).await.unwrap();
        }
    }
}
