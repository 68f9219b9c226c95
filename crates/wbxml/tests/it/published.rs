//! Documents that were published, and documents of the command reference that were encoded by hand.

use crate::support::hex;
use pushmail_wbxml::{Element, Limits, pretty};

/// The document is read as this text, and written as the same bytes.
fn is_read_and_written(bytes: &str, text: &str) {
    let bytes = hex(bytes);
    let element = Element::decode(&bytes, Limits::default()).unwrap();
    assert_eq!(pretty::element(&element, 64), text);
    assert_eq!(element.encode(), bytes);
}

/// MS-ASWBXML, section 3: the only example with bytes.
#[test]
fn the_contact_of_the_specification_is_read_and_written() {
    is_read_and_written(
        "03 01 6A 00 45 5C 4F 50 03 43 6F 6E 74 61 63 74 73 00 01 4B 03 32 00 01 52 03 32 00 01 4E 03 31 00 01 \
         56 47 4D 03 32 3A 31 00 01 5D 00 11 4A 46 03 31 00 01 4C 03 30 00 01 4D 03 31 00 01 01 00 01 5E 03 46 \
         75 6E 6B 2C 20 44 6F 6E 00 01 5F 03 44 6F 6E 00 01 69 03 46 75 6E 6B 00 01 00 11 56 03 31 00 01 01 01 \
         01 01 01 01",
        r#"<Sync xmlns="AirSync">
  <Collections>
    <Collection>
      <Class>Contacts</Class>
      <SyncKey>2</SyncKey>
      <CollectionId>2</CollectionId>
      <Status>1</Status>
      <Commands>
        <Add>
          <ServerId>2:1</ServerId>
          <ApplicationData>
            <airsyncbase:Body>
              <airsyncbase:Type>1</airsyncbase:Type>
              <airsyncbase:EstimatedDataSize>0</airsyncbase:EstimatedDataSize>
              <airsyncbase:Truncated>1</airsyncbase:Truncated>
            </airsyncbase:Body>
            <contacts:FileAs>Funk, Don</contacts:FileAs>
            <contacts:FirstName>Don</contacts:FirstName>
            <contacts:LastName>Funk</contacts:LastName>
            <airsyncbase:NativeBodyType>1</airsyncbase:NativeBodyType>
          </ApplicationData>
        </Add>
      </Commands>
    </Collection>
  </Collections>
</Sync>
"#,
    );
}

/// The first request of every client, as tutorials have it (MS-ASCMD, section 2.2.1.5).
#[test]
fn a_first_folder_sync_is_read_and_written() {
    is_read_and_written(
        "03 01 6A 00 00 07 56 52 03 30 00 01 01",
        "<FolderSync xmlns=\"FolderHierarchy\">\n  <SyncKey>0</SyncKey>\n</FolderSync>\n",
    );
}

/// MS-ASCMD, section 2.2.1.13, encoded by hand.
#[test]
fn an_answer_to_ping_is_read_and_written() {
    is_read_and_written(
        "03 01 6A 00 00 0D 45 47 03 32 00 01 49 4A 03 31 32 33 34 00 01 01 01",
        r#"<Ping xmlns="Ping">
  <Status>2</Status>
  <Folders>
    <Folder>1234</Folder>
  </Folders>
</Ping>
"#,
    );
}

/// MS-ASCMD, section 2.2.1.21, encoded by hand: there and back between two pages, and a tag without content.
#[test]
fn a_sync_with_options_is_read_and_written() {
    is_read_and_written(
        "03 01 6A 00 45 5C 4F 4B 03 31 00 01 52 03 35 00 01 13 57 00 11 45 46 03 31 00 01 01 00 00 58 03 33 00 \
         01 01 01 01 01",
        r#"<Sync xmlns="AirSync">
  <Collections>
    <Collection>
      <SyncKey>1</SyncKey>
      <CollectionId>5</CollectionId>
      <GetChanges/>
      <Options>
        <airsyncbase:BodyPreference>
          <airsyncbase:Type>1</airsyncbase:Type>
        </airsyncbase:BodyPreference>
        <FilterType>3</FilterType>
      </Options>
    </Collection>
  </Collections>
</Sync>
"#,
    );
}

/// MS-ASCMD, section 2.2.1.17, encoded by hand: the message is opaque.
#[test]
fn a_mail_that_is_sent_is_read_and_written() {
    is_read_and_written(
        "03 01 6A 00 00 15 45 51 03 37 00 01 08 50 C3 06 54 6F 3A 20 61 0A 01 01",
        r#"<SendMail xmlns="ComposeMail">
  <ClientId>7</ClientId>
  <SaveInSentItems/>
  <Mime><!-- 6 opaque bytes: 54 6f 3a 20 61 0a --></Mime>
</SendMail>
"#,
    );
}
