//! One processor for the whole process, so that "one thread" means one for every library.
//!
//! A pool of one thread does not bind a library with threads of its own: a sum of 768 points or more
//! by blst's Rust interface, and with it `rust_eth_kzg`'s commitment, takes all processors whatever
//! pool it is called in.

use anyhow::Result;

/// Runs `work` with all threads of this process on one processor; what threads there are when it
/// ends may use all of them again. Elsewhere than on Linux it only runs it.
#[cfg(target_os = "linux")]
pub(crate) fn alone<T>(work: impl FnOnce() -> T) -> Result<T> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu};

    let all = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    one.set(sched_getcpu());
    bind(&one)?;
    let result = work();
    bind(&all)?;
    Ok(result)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn alone<T>(work: impl FnOnce() -> T) -> Result<T> {
    Ok(work())
}

/// Binds every thread of this process; threads inherit it from the one that starts them.
#[cfg(target_os = "linux")]
fn bind(processors: &rustix::thread::CpuSet) -> Result<()> {
    use anyhow::Context;
    use rustix::thread::{Pid, sched_setaffinity};

    for task in std::fs::read_dir("/proc/self/task")? {
        let name = task?.file_name();
        let id = name.to_str().and_then(|id| id.parse().ok());
        let thread = Pid::from_raw(id.context("a task's name is its number")?);
        match sched_setaffinity(thread, processors) {
            // It has ended since it was listed.
            Err(rustix::io::Errno::SRCH) => {}
            bound => bound.context("binding a thread to a processor")?,
        }
    }
    Ok(())
}
