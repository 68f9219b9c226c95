//! A flow that asks for its credential, or for another connection.

use super::{Told, fault, guest, listen, lot, plain, uids};
use crate::lot::{Guest, What};
use crate::testing::Authority;
use pushmail_domain::{Authentication, Fault, FaultKind, Secret, Security};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

async fn next(told: &mut mpsc::Receiver<Told>) -> Told {
    told.recv().await.unwrap()
}

#[tokio::test]
async fn the_credential_is_asked_for_after_what_was_told_is_taken_and_goes_to_the_flow() {
    let (line, mut server) = plain(&Authority::new()).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let seat = lot.enter(guest(line, 1, &tell));
    server.write_all(b"n 1\ncredential\n").await.unwrap();
    assert_eq!(uids(&next(&mut told).await), [1]);
    assert!(told.try_recv().is_err(), "what was told is not taken yet");
    lot.answer(seat, Ok(()));
    assert!(matches!(next(&mut told).await.what, What::Credential));
    let password = Authentication::Password(Secret::new("secret".to_owned()));
    lot.give(seat, Ok(password));
    let mut sent = [0; 7];
    server.read_exact(&mut sent).await.unwrap();
    assert_eq!(&sent, b"secret\n");
}

#[tokio::test]
async fn without_a_credential_the_connection_ends_with_the_reason() {
    let (line, mut server) = plain(&Authority::new()).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let seat = lot.enter(guest(line, 1, &tell));
    server.write_all(b"credential\n").await.unwrap();
    assert!(matches!(next(&mut told).await.what, What::Credential));
    let sealed = Fault::new(FaultKind::CredentialUnavailable, "sealed");
    lot.give(seat, Err(sealed));
    assert_eq!(fault(next(&mut told).await).message, "sealed");
}

#[tokio::test]
async fn a_conversation_goes_on_on_the_connection_that_it_asked_for() {
    let authority = Authority::new();
    let (line, mut server) = plain(&authority).await;
    let (listener, endpoint) = listen(Security::StartTls).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let seat = lot.enter(guest(line, 1, &tell));
    let order = format!("n 1\nredial {}\n", endpoint.port);
    server.write_all(order.as_bytes()).await.unwrap();
    assert_eq!(uids(&next(&mut told).await), [1]);
    lot.answer(seat, Ok(()));
    let What::Redial(redial, mut flow) = next(&mut told).await.what else {
        panic!("no other connection is asked for");
    };
    assert_eq!(redial.endpoint.port, endpoint.port);
    assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 0, "it is closed");

    let line = authority.dialer().line(&endpoint).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    flow.redialled(lot.moment());
    lot.enter(Guest {
        flow,
        ..guest(line, 1, &tell)
    });
    server.write_all(b"n 1\n").await.unwrap();
    assert_eq!(uids(&next(&mut told).await), [2], "it remembers");
}
