//! Searches for a server, word by word.

mod any;
mod script;

use script::run;

const ME: &str = "me@example.org";

/// Version 2 knows nothing.
const NO_JSON: &str = "
    C: GET https://example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
    S: none
    C: GET https://autodiscover.example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
    S: 404
    CREDENTIAL example.org";

/// Nor does anybody who is shown the credential.
const NO_XML: &str = "
    C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
    S: 404
    C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
    S: 200 error";

/// Nor does anybody send us on.
const NO_REDIRECT: &str = "
    C: GET http://autodiscover.example.org/autodiscover/autodiscover.xml
    S: none";

const NOTHING: &str =
    "FAIL no server of Exchange ActiveSync was found for example.org (asked Autodiscover";

#[track_caller]
fn me(scripts: &[&str]) {
    run(ME, &scripts.join("\n"));
}

#[test]
fn who_says_it_without_a_credential_is_shown_none() {
    me(&["
        C: GET https://example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
        S: 200 json https://mail.example.org/Microsoft-Server-ActiveSync
        FOUND https://mail.example.org/Microsoft-Server-ActiveSync me@example.org Json"]);
    run(
        "a/b?c%@sub.example.org",
        "
        C: GET https://sub.example.org/autodiscover/autodiscover.json/v1.0/a%2Fb%3Fc%25@sub.example.org?Protocol=ActiveSync
        S: 404
        C: GET https://autodiscover.sub.example.org/autodiscover/autodiscover.json/v1.0/a%2Fb%3Fc%25@sub.example.org?Protocol=ActiveSync
        S: 200 json https://eas.example.com/x
        FOUND https://eas.example.com/x a/b?c%@sub.example.org Json",
    );
}

#[test]
fn all_are_asked_in_the_order_in_which_least_is_shown() {
    me(&[
        NO_JSON,
        NO_XML,
        NO_REDIRECT,
        "SRV _autodiscover._tcp.example.org none",
        NOTHING,
    ]);
}

#[test]
fn a_parent_of_the_domain_and_a_top_level_domain_are_never_asked() {
    run(
        "me@a.example.org",
        "
        C: GET https://a.example.org/autodiscover/autodiscover.json/v1.0/me@a.example.org?Protocol=ActiveSync
        S: none
        C: GET https://autodiscover.a.example.org/autodiscover/autodiscover.json/v1.0/me@a.example.org?Protocol=ActiveSync
        S: 302 to https://autodiscover.example.org/x
        CONSENT autodiscover.example.org no
        CREDENTIAL a.example.org
        C: POST https://a.example.org/autodiscover/autodiscover.xml as me@a.example.org for me@a.example.org
        S: none
        C: POST https://autodiscover.a.example.org/autodiscover/autodiscover.xml as me@a.example.org for me@a.example.org
        S: none
        C: GET http://autodiscover.a.example.org/autodiscover/autodiscover.xml
        S: none
        SRV _autodiscover._tcp.a.example.org none
        FAIL Autodiscover of a.example.org leads to autodiscover.example.org",
    );
    run("me@org", "FAIL org is no domain of an organisation");
    me(&[
        NO_JSON,
        "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 address me@org
        CONSENT org yes
        FAIL org is no domain of an organisation",
    ]);
}

#[test]
fn the_domain_tells_the_server_in_xml() {
    me(&[
        NO_JSON,
        "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 server https://eas.example.com/x
        FOUND https://eas.example.com/x me@example.org Xml",
    ]);
}

#[test]
fn a_server_in_the_clear_is_not_taken() {
    me(&[
        "
        C: GET https://example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
        S: 200 json http://mail.example.org/x
        C: GET https://autodiscover.example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
        S: 200 json nonsense
        CREDENTIAL example.org
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 server http://mail.example.org/x
        C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 error",
        NO_REDIRECT,
        "SRV _autodiscover._tcp.example.org none",
        NOTHING,
    ]);
}

#[test]
fn a_rejected_credential_is_shown_to_nobody_else() {
    me(&[
        NO_JSON,
        "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 401
        FAIL example.org rejected the credential",
    ]);
}

#[test]
fn a_redirect_in_the_domain_is_followed_with_the_credential() {
    me(&[
        NO_JSON,
        "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 302 to https://x.example.org/a.xml
        C: POST https://x.example.org/a.xml as me@example.org for me@example.org
        S: 307 to /b.xml
        C: POST https://x.example.org/b.xml as me@example.org for me@example.org
        S: 200 server https://mail.example.org/x
        FOUND https://mail.example.org/x me@example.org Xml",
    ]);
}

#[test]
fn a_redirect_outside_the_domain_is_followed_only_with_consent() {
    let redirected = "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 301 to https://evilexample.org/a.xml";
    me(&[
        NO_JSON,
        redirected,
        "
        CONSENT evilexample.org no
        C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 404",
        NO_REDIRECT,
        "SRV _autodiscover._tcp.example.org other.example.com:443
        CONSENT other.example.com no
        FAIL Autodiscover of example.org leads to evilexample.org, outside of that domain",
    ]);
    me(&[
        NO_JSON,
        redirected,
        "
        CONSENT evilexample.org yes
        C: POST https://evilexample.org/a.xml as me@example.org for me@example.org
        S: 302 to /b.xml
        CONSENT evilexample.org yes
        C: POST https://evilexample.org/b.xml as me@example.org for me@example.org
        S: 302 to https://third.example.com/a.xml
        CONSENT third.example.com yes
        C: POST https://third.example.com/a.xml as me@example.org for me@example.org
        S: 200 server https://third.example.com/x
        FOUND https://third.example.com/x me@example.org Xml",
    ]);
}

#[test]
fn a_redirect_to_the_clear_is_not_followed() {
    me(&[
        NO_JSON,
        "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 302 to http://example.org/autodiscover/autodiscover.xml
        C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 302 to //autodiscover.example.org/a.xml
        C: GET http://autodiscover.example.org/autodiscover/autodiscover.xml
        S: 302 to http://autodiscover.example.org/a.xml
        SRV _autodiscover._tcp.example.org none",
        NOTHING,
    ]);
}

#[test]
fn in_the_clear_only_a_redirect_is_taken() {
    let asked = "
        C: GET http://autodiscover.example.org/autodiscover/autodiscover.xml";
    for answer in ["200 server https://evil.example.com/x", "401", "302 to /a"] {
        me(&[
            NO_JSON,
            NO_XML,
            asked,
            &format!("S: {answer}"),
            "SRV _autodiscover._tcp.example.org none",
            NOTHING,
        ]);
    }
    me(&[
        NO_JSON,
        NO_XML,
        asked,
        "
        S: 302 to https://autodiscover-s.example.com/autodiscover/autodiscover.xml
        CONSENT autodiscover-s.example.com yes
        C: POST https://autodiscover-s.example.com/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 server https://eas.example.com/x
        FOUND https://eas.example.com/x me@example.org Redirect",
    ]);
    me(&[
        NO_JSON,
        NO_XML,
        asked,
        "
        S: 302 to https://autodiscover-s.example.com/autodiscover/autodiscover.xml
        CONSENT autodiscover-s.example.com no
        SRV _autodiscover._tcp.example.org none
        FAIL Autodiscover of example.org leads to autodiscover-s.example.com",
    ]);
}

#[test]
fn an_srv_record_is_followed_in_the_domain_or_with_consent() {
    me(&[
        NO_JSON,
        NO_XML,
        NO_REDIRECT,
        "
        SRV _autodiscover._tcp.example.org mail.example.org:8443
        C: POST https://mail.example.org:8443/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 server https://mail.example.org/x
        FOUND https://mail.example.org/x me@example.org Srv",
    ]);
    me(&[
        NO_JSON,
        NO_XML,
        NO_REDIRECT,
        "
        SRV _autodiscover._tcp.example.org mail.example.com:443
        CONSENT mail.example.com no
        FAIL Autodiscover of example.org leads to mail.example.com",
    ]);
}

#[test]
fn another_address_is_asked_for_from_the_start() {
    let other = "
        C: GET https://other.example/autodiscover/autodiscover.json/v1.0/b@other.example?Protocol=ActiveSync
        S: none
        C: GET https://autodiscover.other.example/autodiscover/autodiscover.json/v1.0/b@other.example?Protocol=ActiveSync
        S: none
        C: POST https://other.example/autodiscover/autodiscover.xml as b@other.example for b@other.example";
    let redirected = "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 200 address b@other.example";
    me(&[
        NO_JSON,
        redirected,
        "CONSENT other.example yes",
        other,
        "
        S: 200 server https://mail.other.example/x
        FOUND https://mail.other.example/x b@other.example Xml",
    ]);
    me(&[
        NO_JSON,
        redirected,
        "
        CONSENT other.example no
        C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 404",
        NO_REDIRECT,
        "SRV _autodiscover._tcp.example.org none
        FAIL Autodiscover of example.org leads to other.example",
    ]);
    me(&[
        NO_JSON,
        redirected,
        "CONSENT other.example yes",
        other,
        "
        S: 200 address me@example.org
        C: POST https://autodiscover.other.example/autodiscover/autodiscover.xml as b@other.example for b@other.example
        S: 404
        C: GET http://autodiscover.other.example/autodiscover/autodiscover.xml
        S: none
        SRV _autodiscover._tcp.other.example none
        FAIL Autodiscover goes in circles at example.org",
    ]);
}

#[test]
fn nobody_is_asked_the_same_twice() {
    me(&[
        "
        C: GET https://example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
        S: 301 to https://autodiscover.example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
        C: GET https://autodiscover.example.org/autodiscover/autodiscover.json/v1.0/me@example.org?Protocol=ActiveSync
        S: 404
        CREDENTIAL example.org
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 302 to https://autodiscover.example.org/autodiscover/autodiscover.xml
        C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 404
        C: GET http://autodiscover.example.org/autodiscover/autodiscover.xml
        S: 302 to https://example.org/autodiscover/autodiscover.xml
        SRV _autodiscover._tcp.example.org autodiscover.example.org:443",
        NOTHING,
    ]);
}

#[test]
fn circles_are_found() {
    me(&[
        NO_JSON,
        "
        C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 302 to https://x.example.org/a.xml
        C: POST https://x.example.org/a.xml as me@example.org for me@example.org
        S: 302 to https://example.org/autodiscover/autodiscover.xml
        C: POST https://autodiscover.example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org
        S: 302 to https://x.example.org/a.xml",
        NO_REDIRECT,
        "SRV _autodiscover._tcp.example.org none
        FAIL Autodiscover goes in circles at example.org",
    ]);
}

#[test]
fn ten_redirects_are_followed_and_no_more() {
    let hop = |number: usize| {
        format!(
            "S: 302 to /{number}.xml
            C: POST https://example.org/{number}.xml as me@example.org for me@example.org"
        )
    };
    let first = "C: POST https://example.org/autodiscover/autodiscover.xml as me@example.org for me@example.org".to_owned();
    let mut script = vec![NO_JSON.to_owned(), first];
    script.extend((1..=10).map(hop));
    let found = "S: 200 server https://mail.example.org/x
        FOUND https://mail.example.org/x me@example.org Xml";
    let ten = [script.clone(), vec![found.to_owned()]].concat();
    run(ME, &ten.join("\n"));
    let last = "S: 302 to /11.xml
        FAIL Autodiscover of example.org redirects too often";
    script.push(last.to_owned());
    run(ME, &script.join("\n"));
}

#[test]
fn redirects_of_all_kinds_count() {
    let jump = |number: usize| {
        let (at, next) = (number, number + 1);
        format!(
            "C: GET https://example.org/autodiscover/autodiscover.json/v1.0/a{at}@example.org?Protocol=ActiveSync
            S: 302 to /{at}
            C: GET https://example.org/{at}
            S: 404
            C: GET https://autodiscover.example.org/autodiscover/autodiscover.json/v1.0/a{at}@example.org?Protocol=ActiveSync
            S: 404
            {}C: POST https://example.org/autodiscover/autodiscover.xml as a{at}@example.org for a{at}@example.org
            S: 200 address a{next}@example.org",
            if at == 0 { "CREDENTIAL example.org\n" } else { "" },
        )
    };
    let mut script: Vec<String> = (0..5).map(jump).collect();
    script.push(
        "C: GET https://example.org/autodiscover/autodiscover.json/v1.0/a5@example.org?Protocol=ActiveSync
        S: 302 to /5
        FAIL Autodiscover of example.org redirects too often"
            .to_owned(),
    );
    run("a0@example.org", &script.join("\n"));
}
