//! TLS, when the URL asks for it.

use super::{count, within_a_minute};
use pushmail_registry_sql::{OpenErrorKind, ServerOptions, SqlRegistry};
use pushmail_testkit::Postgres;
use pushmail_testkit::certs::Authority;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::path::Path;
use tempfile::TempDir;

/// Has the server, which alone may own its key, write the certificate and use TLS from now on.
async fn secure(url: &str, authority: &Authority) {
    let issued = authority.issue(&["127.0.0.1"]).unwrap();
    let mut connection = PgConnection::connect(url).await.unwrap();
    for (text, file) in [
        (&issued.cert_pem, "server.crt"),
        (&issued.key_pem, "server.key"),
    ] {
        let copy = format!(
            "COPY (SELECT unnest(string_to_array('{text}', E'\\n'))) \
             TO PROGRAM 'umask 077 && cat > {file}'"
        );
        connection.execute(AssertSqlSafe(copy)).await.unwrap();
    }
    for statement in ["ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"] {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn write(folder: &TempDir, name: &str, authority: &Authority) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, authority.pem()).unwrap();
    Path::to_str(&path).unwrap().to_owned()
}

#[tokio::test]
async fn a_server_is_verified_by_the_authority_that_the_url_names() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let [ours, foreign] = [(); 2].map(|()| Authority::new().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let url = postgres.database();
    secure(&url, &ours).await;
    let verified = |authority: &str| format!("{url}?sslmode=verify-full&sslrootcert={authority}");
    let options = ServerOptions::default();

    // The server takes its new configuration in its own time.
    let right = verified(&write(&folder, "ours.pem", &ours));
    let registry = within_a_minute(async {
        loop {
            if let Ok(registry) = SqlRegistry::connect(&right, &options).await {
                return registry;
            }
        }
    })
    .await;
    let plain = "SELECT COUNT(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE application_name = 'pushmail' AND NOT ssl";
    assert_eq!(count(&url, plain).await, 0);
    registry.close().await;

    let wrong = verified(&write(&folder, "foreign.pem", &foreign));
    let refused = SqlRegistry::connect(&wrong, &options).await;
    assert_eq!(refused.unwrap_err().kind, OpenErrorKind::Unreachable);
}

#[tokio::test]
async fn a_server_without_tls_is_refused_if_the_url_asks_for_it() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let url = format!("{}?sslmode=require", postgres.database());
    let refused = SqlRegistry::connect(&url, &ServerOptions::default()).await;
    assert_eq!(refused.unwrap_err().kind, OpenErrorKind::Unreachable);
}
