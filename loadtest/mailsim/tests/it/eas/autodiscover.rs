//! Autodiscover.

use super::device::{Device, Got, USER, serve};
use pushmail_mailsim::eas::Discovery;
use pushmail_wbxml::ProtocolVersion as V;

const BASIC: &str = "Authorization: Basic YW5uQHgudGVzdDpzZWNyZXQ=\r\n";
const SCHEMA: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";

fn body(schema: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Autodiscover \
         xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006\">\
         <Request><EMailAddress>{USER}</EMailAddress>\
         <AcceptableResponseSchema>{schema}</AcceptableResponseSchema></Request></Autodiscover>"
    )
}

async fn post(device: &mut Device, headers: &str, body: &str) -> Got {
    let length = body.len();
    let request = format!(
        "POST /Autodiscover/Autodiscover.xml HTTP/1.1\r\nHost: mail.x.test\r\n\
         Content-Type: text/xml\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    device.send(request.as_bytes()).await;
    device.answer().await
}

async fn get(device: &mut Device, target: &str) -> (u16, String) {
    let request = format!(
        "GET /autodiscover/autodiscover.json{target} HTTP/1.1\r\nHost: mail.x.test\r\n\r\n"
    );
    device.send(request.as_bytes()).await;
    let got = device.answer().await;
    (
        got.head.status,
        String::from_utf8_lossy(&got.body).into_owned(),
    )
}

#[tokio::test]
async fn a_user_s_server_is_told_in_xml() {
    let sim = serve().await;
    let mut device = Device::connect(&sim, V::V16_1, 1).await;
    let here = "http://mail.x.test/Microsoft-Server-ActiveSync";
    assert_eq!(post(&mut device, "", &body(SCHEMA)).await.head.status, 401);
    let server = |url: &str| format!("<Type>MobileSync</Type><Url>{url}</Url><Name>{url}</Name>");
    for (discovery, told) in [
        (Discovery::Here, server(here)),
        (
            Discovery::At("https://a/b".to_owned()),
            server("https://a/b"),
        ),
        (
            Discovery::Address("b@x.test".to_owned()),
            "<Action><Redirect>b@x.test</Redirect></Action>".to_owned(),
        ),
        (
            Discovery::Unknown,
            "<Action><Error><Status>2</Status>".to_owned(),
        ),
    ] {
        sim.eas().discover(USER, discovery);
        let got = post(&mut device, BASIC, &body(SCHEMA)).await;
        let text = String::from_utf8(got.body).unwrap();
        assert!(text.contains(&told), "{told} in {text}");
        assert_eq!(got.head.status, 200);
    }
    sim.eas()
        .discover(USER, Discovery::Elsewhere("https://c/".to_owned()));
    let head = post(&mut device, BASIC, &body(SCHEMA)).await.head;
    assert_eq!(
        (head.status, head.location.as_deref()),
        (302, Some("https://c/"))
    );
    for (body, code) in [
        (body("x"), 601),
        (body(SCHEMA).replace(USER, ""), 600),
        (String::new(), 600),
    ] {
        let got = post(&mut device, BASIC, &body).await;
        let text = String::from_utf8(got.body).unwrap();
        assert!(
            text.contains(&format!("<ErrorCode>{code}</ErrorCode>")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_user_s_server_is_told_in_json_to_anyone() {
    let sim = serve().await;
    let mut device = Device::connect(&sim, V::V16_1, 1).await;
    let found = |url: &str| {
        (
            200,
            format!("{{\"Protocol\":\"ActiveSync\",\"Url\":\"{url}\"}}"),
        )
    };
    let here = found("http://mail.x.test/Microsoft-Server-ActiveSync");
    for target in [
        "/v1.0/ann%40x.test?Protocol=ActiveSync&RedirectCount=1",
        "?Email=ann@x.test&Protocol=activesync",
    ] {
        assert_eq!(get(&mut device, target).await, here);
    }
    for (target, code) in [
        ("?Protocol=ActiveSync", "MandatoryParameterMissing"),
        ("?Email=ann@x.test", "MandatoryParameterMissing"),
        ("?Email=ann@x.test&Protocol=Gopher", "InvalidProtocol"),
    ] {
        let (status, text) = get(&mut device, target).await;
        assert!(status == 400 && text.contains(code), "{text}");
    }
    let target = "/v1.0/ann@x.test?Protocol=ActiveSync";
    sim.eas()
        .discover(USER, Discovery::At("https://a/b".to_owned()));
    assert_eq!(get(&mut device, target).await, found("https://a/b"));
    sim.eas().discover(USER, Discovery::Unknown);
    assert_eq!(get(&mut device, target).await.0, 404);
    sim.eas()
        .discover(USER, Discovery::Elsewhere("https://c/".to_owned()));
    assert_eq!(get(&mut device, target).await.0, 302);
}
