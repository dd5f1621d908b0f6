//! Work spread over rayon's threads (feature `parallel`), or done in the calling thread.

/// Runs both and returns both results, at the same time where there are threads.
#[cfg(feature = "parallel")]
pub(crate) fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(a, b)
}

/// Runs both and returns both results, one after the other.
#[cfg(not(feature = "parallel"))]
pub(crate) fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    (a(), b())
}

/// `function` of each item, in the items' order.
#[cfg(feature = "parallel")]
pub(crate) fn map<T: Sync, U: Send>(
    items: &[T],
    function: impl Fn(&T) -> U + Send + Sync,
) -> Vec<U> {
    use rayon::prelude::*;
    items.par_iter().map(function).collect()
}

/// `function` of each item, in the items' order.
#[cfg(not(feature = "parallel"))]
pub(crate) fn map<T: Sync, U: Send>(
    items: &[T],
    function: impl Fn(&T) -> U + Send + Sync,
) -> Vec<U> {
    items.iter().map(function).collect()
}

/// Runs `work` on threads of its own while the calling thread does nothing else.
///
/// For values that are initialised once under a lock. A thread of the shared pool that waits for its
/// part of such work would steal another task, which may need the same lock: the thread would then
/// wait for itself.
///
/// # Panics
/// If the system refuses new threads.
#[cfg(feature = "parallel")]
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let pool = rayon::ThreadPoolBuilder::new().build();
            pool.expect("the system gives a few threads").install(work)
        });
        worker
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs `work`, on the calling thread.
#[cfg(not(feature = "parallel"))]
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    work()
}

/// How many threads work at once.
pub(crate) fn count() -> usize {
    #[cfg(feature = "parallel")]
    let count = rayon::current_num_threads();
    #[cfg(not(feature = "parallel"))]
    let count = 1;
    count
}
