//! When a process's tasks run: as the runtime sees fit, or as a simulation does.

use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A task that a [`Pace`] has wrapped, or may wrap.
pub type PacedTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Decides when a process's tasks run, whether they stand still, and whether they end: a simulation's
/// scheduler.
pub trait Pace: Send + Sync {
    /// The task as it is to be run; `name` is what it was started under.
    fn wrap(&self, name: &'static str, task: PacedTask) -> PacedTask;
}

/// The pace of a process, if it has one of its own.
#[derive(Default)]
pub(super) struct Paced(pub(super) Option<Arc<dyn Pace>>);

impl std::fmt::Debug for Paced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Paced").field(&self.0.is_some()).finish()
    }
}

impl Paced {
    /// The task at this pace.
    pub(super) fn of<F>(&self, name: &'static str, task: F) -> Either<F>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match &self.0 {
            Some(pace) => Either::Paced {
                task: pace.wrap(name, Box::pin(task)),
            },
            None => Either::Free { task },
        }
    }
}

pin_project! {
    /// A task at its process's pace, or at the runtime's. By hand, since an async block that awaits what it was given has room
    /// for it twice.
    #[project = EitherPinned]
    pub(super) enum Either<F> {
        Paced { task: PacedTask },
        Free { #[pin] task: F },
    }
}

impl<F: Future<Output = ()>> Future for Either<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.project() {
            EitherPinned::Paced { task } => task.as_mut().poll(context),
            EitherPinned::Free { task } => task.poll(context),
        }
    }
}
