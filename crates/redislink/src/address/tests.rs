use super::*;

fn parse(url: &str) -> Address {
    Address::parse(url).unwrap()
}

fn hosts(address: &Address) -> Vec<(&str, u16)> {
    let hosts = address.hosts.iter();
    hosts.map(|(host, port)| (host.as_str(), *port)).collect()
}

#[test]
fn one_server() {
    let address = parse("redis://redis.example");
    assert_eq!(address.shape, Shape::Single);
    assert_eq!(hosts(&address), [("redis.example", 6_379)]);
    assert_eq!((address.tls, address.database), (false, 0));
    assert!(address.user.is_none() && address.password.is_none());

    let address = parse("rediss://ann:p%40ss%2F@[::1]:7000/3");
    assert_eq!(hosts(&address), [("::1", 7_000)]);
    assert_eq!((address.tls, address.database), (true, 3));
    assert_eq!(address.user.as_deref(), Some("ann"));
    assert_eq!(address.password.unwrap().expose(), "p@ss/");
}

#[test]
fn sentinels() {
    let address = parse("redis+sentinel://:secret@one:1,two/fleet");
    let primary = "fleet".to_owned();
    assert_eq!(address.shape, Shape::Sentinel { primary });
    assert_eq!(hosts(&address), [("one", 1), ("two", 26_379)]);
    assert_eq!((address.tls, address.database), (false, 0));
    assert!(address.user.is_none());
    let address = parse("rediss+sentinel://one/fleet/2");
    assert_eq!((address.tls, address.database), (true, 2));
}

#[test]
fn a_cluster() {
    let address = parse("rediss+cluster://one,two:2");
    assert_eq!((address.shape.clone(), address.tls), (Shape::Cluster, true));
    assert_eq!(hosts(&address), [("one", 6_379), ("two", 2)]);
}

#[test]
fn what_is_not_understood_is_refused_and_not_shown() {
    for (url, error) in [
        ("localhost:6379", AddressError::Scheme),
        ("http://:hunter2@one", AddressError::Scheme),
        ("redis+other://:hunter2@one", AddressError::Scheme),
        ("redis://:hunter2@", AddressError::Hosts),
        ("redis://:hunter2@one,two", AddressError::Hosts),
        ("redis://:hunter2@one:port", AddressError::Hosts),
        ("redis+cluster://one,,two", AddressError::Hosts),
        ("redis://:hunter2%@one", AddressError::Credentials),
        ("redis://:hunter2%ff@one", AddressError::Credentials),
        ("redis://:hunter2@one/name", AddressError::Path),
        ("redis+sentinel://:hunter2@one", AddressError::Path),
        ("redis+cluster://:hunter2@one/1", AddressError::Path),
    ] {
        assert_eq!(Address::parse(url).unwrap_err(), error, "{url}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn an_address_is_shown_without_its_password() {
    let address = parse("redis+cluster://ann:hunter2@one,two:2");
    assert_eq!(address.to_string(), "one:6379,two:2");
    assert!(!format!("{address:?}").contains("hunter2"));
}
