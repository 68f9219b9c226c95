//! A mail to send.

use std::fmt::Write as _;

/// A mail of about 2 KB, as newsletters and shops send it: a text and an HTML part. Its Message-ID
/// is unique per `n` and recipient.
pub fn message(n: u64, to: &str) -> Vec<u8> {
    let mut mail = header(n, to);
    let boundary = format!("=_part_{n}");
    for (kind, body) in [("plain", plain(n)), ("html", html(n))] {
        let part = format!(
            "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
        );
        mail.push_str(&part);
    }
    mail.push_str("--");
    mail.push_str(&boundary);
    mail.push_str("--\r\n");
    mail.into_bytes()
}

fn header(n: u64, to: &str) -> String {
    let (hour, minute, second) = (n / 3600 % 24, n / 60 % 60, n % 60);
    let id: String = to
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '.' })
        .collect();
    format!(
        "Return-Path: <bounce+{n}@shop.example>\r\n\
         Received: from out{relay}.shop.example (out{relay}.shop.example [192.0.2.{relay}])\r\n\
         \tby mx.mailsim.test with ESMTPS id {n:012x};\r\n\
         \tMon, 02 Mar 2026 {hour:02}:{minute:02}:{second:02} +0000\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=mail;\r\n\
         \th=from:to:subject:date:message-id; bh={n:043x}=;\r\n\
         \tb={n:086x}==\r\n\
         Date: Mon, 02 Mar 2026 {hour:02}:{minute:02}:{second:02} +0000\r\n\
         From: =?utf-8?q?Caf=C3=A9_Zo=C3=AB?= <orders@shop.example>\r\n\
         To: <{to}>\r\n\
         Subject: =?utf-8?q?Your_order_{n}_is_on_its_way_=E2=9C=93?=\r\n\
         Message-ID: <order.{n}.{id}@mailsim.test>\r\n\
         List-Unsubscribe: <https://shop.example/unsubscribe/{n}>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative; boundary=\"=_part_{n}\"\r\n\r\n",
        relay = n % 200 + 1,
    )
}

fn plain(n: u64) -> String {
    format!(
        "Hello,\r\n\r\nyour order number {n} left our warehouse this morning.\r\n\
         It should be with you within two working days. You can follow it at\r\n\
         https://shop.example/orders/{n}\r\n\r\nThank you for shopping at Café Zoë.\r\n"
    )
}

fn html(n: u64) -> String {
    let mut rows = String::new();
    for row in 1..=4_u64 {
        let article = n.wrapping_mul(row) % 100_000;
        let written = write!(
            rows,
            "<tr><td style=\"padding:4px\">{row}</td><td>Article {article}</td></tr>\r\n"
        );
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    format!(
        "<html><body style=\"font-family:sans-serif\">\r\n<h1>Your order {n}</h1>\r\n\
         <p>It left our warehouse this morning.</p>\r\n<table>\r\n{rows}</table>\r\n\
         <p><a href=\"https://shop.example/orders/{n}\">Follow it</a></p>\r\n</body></html>\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_about_two_kilobytes_and_unlike_the_next() {
        let mail = message(1, "user1@tenant1.test");
        assert!((1_500..2_500).contains(&mail.len()), "{} bytes", mail.len());
        assert_ne!(mail, message(2, "user1@tenant1.test"));
        assert!(mail.split(|b| *b == b'\n').all(|line| line.len() < 998));
    }
}
