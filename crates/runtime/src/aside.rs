//! A runtime beside the process's own.

use std::io;
use tokio::runtime::{Builder, Handle, Runtime};

/// One thread with a runtime of its own, for what must not wait behind everything else that the process does. What still
/// runs there when this is dropped is cut off.
#[derive(Debug)]
pub struct Aside(Option<Runtime>);

impl Aside {
    /// Starts the thread, and names it so.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Where to spawn what is to run there.
    ///
    /// # Panics
    ///
    /// Never: the runtime is there until this is dropped.
    pub fn handle(&self) -> Handle {
        let runtime = self.0.as_ref();
        runtime.expect("only a drop takes it").handle().clone()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Waiting for it, as a runtime's own drop does, is not allowed in a task.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[tokio::test(flavor = "current_thread")]
    async fn what_runs_aside_gets_on_while_the_runtime_is_held_up_and_ends_with_it() {
        let aside = Aside::start("aside").unwrap();
        let (sender, receiver) = channel();
        let running = aside.handle().spawn(async move {
            for number in 0.. {
                sender.send(number).unwrap();
                tokio::task::yield_now().await;
            }
        });
        // This thread, the only one of its runtime, waits.
        let patience = Duration::from_secs(30);
        assert_eq!(receiver.recv_timeout(patience), Ok(0));
        assert_eq!(receiver.recv_timeout(patience), Ok(1));
        drop(aside);
        assert!(running.await.unwrap_err().is_cancelled());
    }
}
