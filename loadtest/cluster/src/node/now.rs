//! What a pod's containers are doing now.

use k8s_openapi::jiff::Timestamp;

/// Now, as Kubernetes writes it.
pub(crate) fn time() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How a run of a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) id: String,
    pub(super) code: i32,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) started: String,
    pub(super) finished: String,
}

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Waiting { reason: String, message: String },
    Running { started: String },
    Over(Over),
}

impl State {
    pub(super) fn waiting(reason: &str, message: String) -> Self {
        Self::Waiting {
            reason: reason.to_owned(),
            message,
        }
    }
}

/// One container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct One {
    pub(super) name: String,
    pub(super) image: String,
    /// Of its newest run; empty before the first.
    pub(super) id: String,
    pub(super) state: State,
    pub(super) last: Option<Over>,
    pub(super) is_ready: bool,
    pub(super) has_started: bool,
    pub(super) restarts: u32,
}

impl One {
    pub(super) fn new(name: &str, image: &str) -> Self {
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            id: String::new(),
            state: State::waiting("ContainerCreating", String::new()),
            last: None,
            is_ready: false,
            has_started: false,
            restarts: 0,
        }
    }
}

/// All containers of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Now {
    /// The pod's address, once it has one.
    pub(super) address: Option<String>,
    pub(super) inits: Vec<One>,
    pub(super) containers: Vec<One>,
    /// Why the pod was ended, if it was by the agent.
    pub(super) failed: Option<(String, String)>,
}

impl Now {
    /// A container by its name.
    pub(super) fn of(&mut self, name: &str) -> Option<&mut One> {
        let all = self.inits.iter_mut().chain(&mut self.containers);
        all.into_iter().find(|one| one.name == name)
    }

    /// Whether all init containers are done.
    pub(super) fn is_initialized(&self) -> bool {
        let done = |one: &One| matches!(&one.state, State::Over(over) if over.code == 0);
        self.inits.iter().all(done)
    }

    /// Whether all containers are ready.
    pub(super) fn is_ready(&self) -> bool {
        self.containers.iter().all(|one| one.is_ready) && self.is_initialized()
    }
}
