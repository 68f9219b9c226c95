//! What operators do to a gateway that has data: replace its master key, back it up, restore it.

mod keys;
mod restoring;

use crate::support::{Gateway, run};
use serde_json::Value;

/// What a command of the program printed as JSON on a gateway's data, with more of an environment.
async fn json(gateway: &Gateway, args: &[&str], environment: &[(&str, &str)]) -> Value {
    let mut command = gateway.beside(args);
    let ended = run(command.envs(environment.iter().copied())).await;
    assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
    serde_json::from_str(&ended.stdout).expect("the command prints JSON")
}
