//! A task whose panic ends the process.

use super::Lifecycle;
use super::pace::Either;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A task that fails the process if it panics.
    pub(super) struct Watched<F> {
        pub(super) lifecycle: Lifecycle,
        pub(super) name: &'static str,
        #[pin]
        pub(super) task: Either<F>,
    }
}

impl<F: Future<Output = ()>> Future for Watched<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let _guard = Guard {
            lifecycle: this.lifecycle,
            name: this.name,
        };
        this.task.poll(context)
    }
}

/// Dropped by unwinding, it fails the process.
struct Guard<'a> {
    lifecycle: &'a Lifecycle,
    name: &'static str,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.name, "a task panicked; the process ends");
            self.lifecycle.fail_silently();
        }
    }
}
