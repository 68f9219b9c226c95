//! What the server says of itself (MS-ASHTTP, section 2.2.4).

use super::answer::Answer;
use super::{Command, Config};
use pushmail_wbxml::ProtocolVersion;

const KNOWN: [ProtocolVersion; 7] = [
    ProtocolVersion::V2_5,
    ProtocolVersion::V12_0,
    ProtocolVersion::V12_1,
    ProtocolVersion::V14_0,
    ProtocolVersion::V14_1,
    ProtocolVersion::V16_0,
    ProtocolVersion::V16_1,
];

/// The answer to OPTIONS.
pub(super) fn answer(config: &Config) -> Answer {
    let methods = "OPTIONS,POST";
    let answer = Answer::empty(200)
        .with("Allow", methods)
        .with("Public", methods);
    with(answer, config)
}

/// The answer, with the versions and the commands that there are.
pub(super) fn with(answer: Answer, config: &Config) -> Answer {
    let versions: Vec<_> = config
        .versions
        .iter()
        .map(|version| version.as_str())
        .collect();
    let newest = config.versions.iter().max().copied();
    let commands = Command::ALL.into_iter();
    let commands = commands.filter(|command| newest.is_some_and(|newest| command.is_in(newest)));
    let commands: Vec<_> = commands.map(Command::name).collect();
    answer
        .with("MS-ASProtocolVersions", versions.join(","))
        .with("MS-ASProtocolCommands", commands.join(","))
}

/// The version that is written so.
pub(super) fn version(text: &str) -> Option<ProtocolVersion> {
    KNOWN.into_iter().find(|known| known.as_str() == text)
}
