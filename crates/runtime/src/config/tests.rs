use super::*;
use serde::Deserialize;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const DEFAULTS: &str = r#"
# Where devices connect.
[gateway]
listen = "127.0.0.1:8443"
sessions = 100
grace = "10s"

[upstream]
allow = []
mode = "strict"
ratio = 1.0
verify = true
"#;

#[derive(Debug, Deserialize)]
struct Config {
    gateway: Gateway,
    upstream: Upstream,
}

#[derive(Debug, Deserialize)]
struct Gateway {
    listen: SocketAddr,
    sessions: u32,
    #[serde(with = "duration")]
    grace: Duration,
    certificate: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upstream {
    allow: Vec<String>,
    mode: Mode,
    ratio: f64,
    verify: bool,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Strict,
    Lenient,
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

fn refusal(text: &str, variables: &[(&str, &str)]) -> ConfigError {
    let file = file(text);
    load::<Config>(DEFAULTS, Some(file.path()), env(variables), &[]).unwrap_err()
}

#[test]
fn the_defaults_alone_are_a_configuration() {
    let config: Config = load(DEFAULTS, None, [], &[]).unwrap();
    assert_eq!(config.gateway.sessions, 100);
    assert_eq!(config.gateway.grace, Duration::from_secs(10));
    assert_eq!(config.gateway.certificate, None);
    assert_eq!(config.upstream.mode, Mode::Strict);
    assert!(config.upstream.allow.is_empty());
}

#[test]
fn a_file_goes_over_defaults_the_environment_over_it_and_the_command_line_over_all() {
    let file = file("[gateway]\nsessions = 7\ngrace = \"1min\"\nlisten = \"[::1]:1\"\n");
    let variables = env(&[
        ("PUSHMAIL__GATEWAY__SESSIONS", "8"),
        ("PUSHMAIL__GATEWAY__GRACE", "2min"),
        ("PUSHMAIL_OTHER", "not ours"),
        ("PATH", "/bin"),
    ]);
    let overrides = [("gateway.sessions", "9".to_owned())];
    let config: Config = load(DEFAULTS, Some(file.path()), variables, &overrides).unwrap();
    assert_eq!(config.gateway.listen, "[::1]:1".parse().unwrap());
    assert_eq!(config.gateway.grace, Duration::from_secs(120));
    assert_eq!(config.gateway.sessions, 9);
    assert!(config.upstream.verify, "an untouched section stays");
}

#[test]
fn a_variable_is_read_as_its_key_s_type() {
    let variables = env(&[
        ("PUSHMAIL__GATEWAY__CERTIFICATE", "12345"),
        ("PUSHMAIL__UPSTREAM__ALLOW", "10.0.0.0/8, 12345"),
        ("PUSHMAIL__UPSTREAM__MODE", "lenient"),
        ("PUSHMAIL__UPSTREAM__RATIO", "0"),
        ("PUSHMAIL__UPSTREAM__VERIFY", "false"),
    ]);
    let config: Config = load(DEFAULTS, None, variables, &[]).unwrap();
    assert_eq!(config.gateway.certificate, Some(PathBuf::from("12345")));
    assert_eq!(config.upstream.allow, ["10.0.0.0/8", "12345"]);
    assert_eq!(config.upstream.mode, Mode::Lenient);
    assert!(config.upstream.ratio.abs() < f64::EPSILON);
    assert!(!config.upstream.verify);
}

#[test]
fn a_list_may_be_written_as_a_toml_array() {
    let overrides = [("upstream.allow", "[\"a,b\", 'c']".to_owned())];
    let config: Config = load(DEFAULTS, None, [], &overrides).unwrap();
    assert_eq!(config.upstream.allow, ["a,b", "c"]);
}

#[test]
fn an_unknown_key_is_refused_with_its_section_its_place_and_the_nearest_known() {
    let error = refusal("[gateway]\nsesions = 7\n", &[]);
    assert_eq!(error.kind, ConfigErrorKind::UnknownKey);
    assert_eq!(error.key, "gateway.sesions");
    let message = error.to_string();
    assert!(message.contains("`gateway.sesions` (file "), "{message}");
    assert!(message.ends_with("did you mean `sessions`?"), "{message}");
}

#[test]
fn an_unknown_key_is_refused_where_the_type_denies_it_too() {
    let error = refusal("", &[("PUSHMAIL__UPSTREAM__COLOUR", "red")]);
    assert_eq!(
        error.to_string(),
        "unknown configuration key `upstream.colour` (environment variable \
         PUSHMAIL__UPSTREAM__COLOUR): the keys of this section are `allow`, `mode`, `ratio`, `verify`"
    );
}

#[test]
fn an_unknown_section_is_refused() {
    let error = refusal("[gatway]\nsessions = 7\n", &[]);
    assert_eq!(
        (error.kind, error.key.as_str()),
        (ConfigErrorKind::UnknownKey, "gatway")
    );
    assert!(error.to_string().ends_with("did you mean `gateway`?"));
}

#[test]
fn a_missing_key_is_named_with_the_ways_to_set_it() {
    let error = load::<Config>("[gateway]\nlisten = \"[::1]:1\"", None, [], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "missing configuration key `gateway.sessions`: set it in the configuration file, or \
         PUSHMAIL__GATEWAY__SESSIONS"
    );
}

#[test]
fn a_value_that_does_not_fit_is_refused_and_not_repeated() {
    let cases = [
        (
            "PUSHMAIL__GATEWAY__SESSIONS",
            "hunter2",
            "a whole number that is not negative",
        ),
        ("PUSHMAIL__GATEWAY__GRACE", "hunter2", "a duration such as"),
        ("PUSHMAIL__UPSTREAM__VERIFY", "hunter2", "`true` or `false`"),
        (
            "PUSHMAIL__UPSTREAM__MODE",
            "hunter2",
            "one of `strict`, `lenient`",
        ),
        ("PUSHMAIL__UPSTREAM", "hunter2", "Upstream"),
    ];
    for (name, value, expected) in cases {
        let error = refusal("", &[(name, value)]);
        let message = format!("{error} {error:?}");
        assert_eq!(error.kind, ConfigErrorKind::Invalid, "{message}");
        assert!(
            message.contains(name) && message.contains(expected),
            "{message}"
        );
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_value_of_the_wrong_toml_type_is_refused_with_its_file() {
    let error = refusal("[gateway]\nsessions = \"many\"\n", &[]);
    let message = error.to_string();
    assert_eq!(error.key, "gateway.sessions");
    assert!(
        message.contains("(file ") && message.ends_with("the value must be u32"),
        "{message}"
    );
}

#[test]
fn broken_toml_is_refused_with_its_line_and_not_repeated() {
    let error = refusal("[gateway]\nsessions = = hunter2\n", &[]);
    let message = error.to_string();
    assert_eq!(error.kind, ConfigErrorKind::Syntax);
    assert!(message.contains("line 2"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let path = Path::new("/nonexistent/pushmail.toml");
    let error = load::<Config>(DEFAULTS, Some(path), [], &[]).unwrap_err();
    assert_eq!(error.kind, ConfigErrorKind::Unreadable);
    assert!(error.to_string().contains("/nonexistent/pushmail.toml"));
}

#[test]
fn a_variable_with_an_empty_part_is_refused() {
    let error = refusal("", &[("PUSHMAIL__GATEWAY____SESSIONS", "1")]);
    assert_eq!(error.kind, ConfigErrorKind::Syntax);
    assert!(error.to_string().contains("PUSHMAIL__GATEWAY____SESSIONS"));
}
