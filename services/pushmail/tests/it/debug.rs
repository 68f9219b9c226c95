//! `pushmail debug`.

use crate::support::{Ended, pushmail, run};

/// FolderSync with the key 0, as hexadecimal digits.
const FOLDER_SYNC: &str = "03 01 6A 00 00 07 56 52 03 30 00 01 01";

async fn wbxml(document: &str, json: bool) -> Ended {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("document");
    std::fs::write(&file, document).expect("the document can be written");
    let mut command = pushmail();
    command.args(["debug", "wbxml", "--hex"]).arg(&file);
    if json {
        command.arg("--json");
    }
    run(&mut command).await
}

#[tokio::test]
async fn a_wbxml_document_is_shown_as_text() {
    let shown = wbxml(FOLDER_SYNC, false).await;
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("<SyncKey>0</SyncKey>"), "{shown:?}");
}

#[tokio::test]
async fn of_a_document_that_breaks_off_it_is_said_where() {
    let half = &FOLDER_SYNC[..FOLDER_SYNC.len() - 6];
    let shown = wbxml(half, false).await;
    assert_eq!(shown.code, Some(1));
    assert!(shown.stdout.contains("<SyncKey>0"), "{shown:?}");
    assert!(shown.stderr.contains("FolderSync"), "{shown:?}");
    let shown = wbxml(half, true).await;
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).expect("it is JSON");
    assert_eq!(shown["error"]["offset"], 11);
    assert_eq!(shown["error"]["path"], "FolderSync/SyncKey");
}
