//! The `.proto` files follow the rules of buf's STANDARD and COMMENTS categories, except
//! SERVICE_SUFFIX: services are named after what they serve.

mod plants;
mod rules;
mod source;
mod words;

use prost::Message as _;
use prost_types::FileDescriptorSet;

#[test]
fn the_proto_files_are_lint_clean() {
    let set = FileDescriptorSet::decode(pushmail_proto::DESCRIPTORS).unwrap();
    let own = set.file.iter().filter(|f| rules::is_own(f)).count();
    assert!(own >= 7, "only {own} files of the project were found");
    let found: Vec<_> = rules::lint(&set).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
