//! Medians of contenders that take turns, so that a slow moment of the machine meets all of them.

use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// About how long one work may take, all contenders together.
    pub(crate) budget: Duration,
    /// Of 64 rows that a peer codes one by one, how many are measured; the time is scaled.
    pub(crate) peer_rows: usize,
}

/// Rounds beyond which a median gains nothing.
const MAX_ROUNDS: usize = 400;

/// The median time of each contender, in milliseconds; 2 to 400 rounds, as the budget allows.
pub(crate) fn medians(
    budget: Duration,
    contenders: &mut [Box<dyn FnMut() + Send + '_>],
) -> Vec<f64> {
    let start = Instant::now();
    let mut times: Vec<Vec<f64>> = contenders.iter_mut().map(|work| vec![time(work)]).collect();
    let round = start.elapsed().as_micros().max(1);
    // The first round, which also warms up, is left out where there are others.
    let rounds =
        usize::try_from(budget.as_micros() / round).map_or(MAX_ROUNDS, |n| n.clamp(2, MAX_ROUNDS));
    times.iter_mut().for_each(Vec::clear);
    for number in 0..rounds {
        for turn in 0..contenders.len() {
            let place = (turn + number) % contenders.len();
            times[place].push(time(&mut contenders[place]));
        }
    }
    times.iter_mut().map(|times| median(times)).collect()
}

fn time(work: &mut (impl FnMut() + ?Sized)) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len().is_multiple_of(2) {
        (times[middle - 1] + times[middle]) / 2.0
    } else {
        times[middle]
    }
}
