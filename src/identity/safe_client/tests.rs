use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;

/// A server on every address of this machine, IPv4 and IPv6, that counts who connects.
struct Door {
    port: u16,
    connects: Arc<AtomicUsize>,
}

impl Door {
    fn open(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("[::]:0")
            .or_else(|_no_v6| TcpListener::bind("0.0.0.0:0"))
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let connects = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connects);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                answer(&mut stream.unwrap());
            }
        });
        Self { port, connects }
    }

    fn answering(text: &str) -> Self {
        let text = text.to_owned();
        Self::open(move |stream| {
            let mut request = [0_u8; 1_024];
            let _length = stream.read(&mut request);
            let _sent = stream.write_all(text.as_bytes());
        })
    }

    fn connects(&self) -> usize {
        self.connects.load(Ordering::SeqCst)
    }
}

/// Answers from a table; each lookup of a name takes the next answer, the last one stays.
#[derive(Debug, Default)]
struct Names {
    table: Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>,
    lookups: AtomicUsize,
}

impl Names {
    fn with(self, name: &str, answers: Vec<Vec<IpAddr>>) -> Self {
        self.table.lock().unwrap().insert(name.to_owned(), answers);
        self
    }
}

#[async_trait]
impl NameResolver for Names {
    async fn resolve(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut table = self.table.lock().unwrap();
        let answers = table.get_mut(name).unwrap();
        if answers.len() > 1 {
            return Ok(answers.remove(0));
        }
        Ok(answers.first().cloned().unwrap())
    }
}

fn client(rules: Rules, names: Names) -> (SafeClient, Arc<Names>) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let names = Arc::new(names);
    (SafeClient::new(rules, names.clone()).unwrap(), names)
}

/// Strict but for the door's port, so that it is the address that is refused.
fn strict_at(port: u16) -> Rules {
    Rules {
        ports: vec![port],
        ..Rules::strict()
    }
}

/// One address of every special range, and the famous ones.
fn special_v4() -> Vec<Ipv4Addr> {
    let mut all: Vec<Ipv4Addr> = address::SPECIAL_V4
        .iter()
        .flat_map(|range| {
            let last = range.broadcast();
            let middle = u32::midpoint(range.network().to_bits(), last.to_bits());
            [range.network(), Ipv4Addr::from_bits(middle), last]
        })
        .collect();
    all.extend([
        Ipv4Addr::LOCALHOST,
        Ipv4Addr::new(127, 1, 2, 3),
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(169, 254, 170, 2),
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(192, 0, 0, 192),
    ]);
    all.sort_unstable();
    all.dedup();
    all
}

/// Ways to write an IPv4 address as the host of a URL.
fn notations(ip: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = ip.octets();
    let bits = ip.to_bits();
    let (low24, low16) = (bits & 0xff_ffff, bits & 0xffff);
    let (high, low) = (bits >> 16, bits & 0xffff);
    let wide: String = ip
        .to_string()
        .chars()
        .map(|c| match c {
            '.' => '\u{3002}',
            digit => char::from_u32(0xff10 + digit.to_digit(10).unwrap()).unwrap(),
        })
        .collect();
    vec![
        ip.to_string(),
        format!("{ip}."),
        bits.to_string(),
        format!("{bits:#x}"),
        format!("0{bits:o}"),
        format!("{a}.{low24}"),
        format!("{a}.{b}.{low16}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0x0000{a:x}.{b}.0{c:o}.{d}"),
        format!("{a}%2e{b}%2E{c}.{d}"),
        wide,
        format!("[::ffff:{ip}]"),
        format!("[0:0:0:0:0:FFFF:{high:x}:{low:x}]"),
        format!("[::{ip}]"),
        format!("[64:ff9b::{ip}]"),
        format!("[64:ff9b:1::{ip}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::1]"),
        format!("[fe80::5efe:{ip}]"),
    ]
}

fn special_v6() -> Vec<Ipv6Addr> {
    let texts = [
        "::",
        "::1",
        "fd00:ec2::254",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "fe80::a9fe:a9fe",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff05::2",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002::1",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "4000::1",
        "e000::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "::ffff:7f00:1",
        "::ffff:0:7f00:1",
        "::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ];
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[tokio::test]
async fn no_notation_of_a_special_address_is_connected_to() {
    let door = Door::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    let (client, names) = client(strict_at(door.port), Names::default());
    let mut hosts: Vec<String> = special_v4().into_iter().flat_map(notations).collect();
    hosts.extend(special_v6().iter().map(|ip| format!("[{ip}]")));
    for name in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ｌocalhost",
    ] {
        hosts.push(name.to_owned());
    }
    let mut count = 0;
    for host in &hosts {
        for url in [
            format!("https://{host}:{}/", door.port),
            format!("https://{host}:{}/?x=@public.example/", door.port),
            format!("https:\\\\{host}:{}\\", door.port),
        ] {
            let answer = client.get(&url).await;
            assert!(
                matches!(answer, Err(SafeClientError::Refused(UrlRefusal::NotPublic))),
                "{url}: {answer:?}"
            );
            count += 1;
        }
    }
    assert!(count >= 500, "{count}");
    assert_eq!(door.connects(), 0);
    assert_eq!(names.lookups.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_name_leads_to_a_special_address() {
    let door = Door::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    let public: IpAddr = "2d00::1".parse().unwrap();
    let mut names = Names::default();
    let mut hosts = Vec::new();
    let specials = special_v4().into_iter().map(IpAddr::from);
    for (index, ip) in specials
        .chain(special_v6().into_iter().map(IpAddr::from))
        .enumerate()
    {
        let answers = [
            vec![ip],
            vec![public, ip],
            vec![ip, public],
            vec![public, ip, public],
        ];
        for (kind, answer) in answers.into_iter().enumerate() {
            let host = format!("n{index}-{kind}.example");
            names = names.with(&host, vec![answer]);
            hosts.push(host);
        }
    }
    names = names.with("empty.example", vec![vec![]]);
    hosts.push("empty.example".to_owned());
    let (client, names) = client(strict_at(door.port), names);
    for host in &hosts {
        let answer = client.get(&format!("https://{host}:{}/", door.port)).await;
        assert!(
            matches!(answer, Err(SafeClientError::Blocked)),
            "{host}: {answer:?}"
        );
    }
    assert!(hosts.len() >= 250);
    assert_eq!(names.lookups.load(Ordering::SeqCst), hosts.len());
    assert_eq!(door.connects(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_looked_up_once_per_connection() {
    let door =
        Door::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
    // Public first, the machine itself a moment later. Nothing is routed to 2d00::/8.
    let rebinding = vec![
        vec!["2d00::1".parse().unwrap()],
        vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
    ];
    let metadata = vec![
        vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
        vec![IpAddr::from(Ipv4Addr::new(169, 254, 169, 254))],
    ];
    let names = Names::default()
        .with("rebinding.example", rebinding)
        .with("localhost", metadata);
    let rules = Rules {
        ports: vec![door.port],
        ..Rules::with_loopback()
    };
    let (client, names) = client(rules, names);
    let url = format!("https://rebinding.example:{}/", door.port);
    let first = client.get(&url).await;
    assert!(
        matches!(first, Err(SafeClientError::Transport(_))),
        "{first:?}"
    );
    assert_eq!(names.lookups.load(Ordering::SeqCst), 1);
    let second = client.get(&url).await;
    assert!(
        matches!(second, Err(SafeClientError::Blocked)),
        "{second:?}"
    );
    assert_eq!(door.connects(), 0);

    // The control: the same door counts when it may be entered, and `localhost` may lead to loopback only.
    let url = format!("http://localhost:{}/", door.port);
    assert_eq!(client.get(&url).await.unwrap().body(), b"hi");
    assert_eq!(door.connects(), 1);
    assert!(matches!(
        client.get(&url).await,
        Err(SafeClientError::Blocked)
    ));
    assert_eq!(door.connects(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inside = Door::answering("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret");
    for status in [301, 302, 303, 307, 308] {
        for target in [
            format!("http://127.0.0.1:{}/", inside.port),
            format!("//localhost:{}/", inside.port),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
        ] {
            let answer = format!(
                "HTTP/1.1 {status} Go\r\nlocation: {target}\r\nrefresh: 0;url={target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let door = Door::answering(&answer);
            let (client, _) = client(Rules::with_loopback(), Names::default());
            let answer = client
                .get(&format!("http://127.0.0.1:{}/", door.port))
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(door.connects(), 1);
        }
    }
    assert_eq!(inside.connects(), 0);
}

#[tokio::test]
async fn a_long_answer_is_cut_off_announced_or_not() {
    let body = "x".repeat(ANSWER_BYTES_MAX + 1);
    let announced = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
    let most = "x".repeat(ANSWER_BYTES_MAX);
    let just = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{most}");
    let (client, _) = client(Rules::with_loopback(), Names::default());
    for (answer, is_read) in [(announced, false), (endless, false), (just, true)] {
        let door = Door::answering(&answer);
        let got = client.get(&format!("http://[::1]:{}/", door.port)).await;
        match got {
            Ok(answer) => assert!(is_read && answer.body().len() == ANSWER_BYTES_MAX),
            Err(SafeClientError::TooLong) => assert!(!is_read),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left() {
    let door = Door::open(|stream| {
        // Holds the connection open for as long as the client does.
        let mut rest = Vec::new();
        let _closed = stream.read_to_end(&mut rest);
    });
    let (client, _) = client(Rules::with_loopback(), Names::default());
    let answer = client
        .get(&format!("http://127.0.0.1:{}/", door.port))
        .await;
    assert!(
        matches!(answer, Err(SafeClientError::Transport(_))),
        "{answer:?}"
    );
}

#[test]
fn what_is_wrong_with_a_url_is_said() {
    let strict = Rules::strict();
    for (url, refusal) in [
        ("", UrlRefusal::Malformed),
        ("idp.example", UrlRefusal::Malformed),
        ("https://", UrlRefusal::Malformed),
        ("https:///[", UrlRefusal::Malformed),
        ("http://idp.example/", UrlRefusal::Scheme),
        ("ftp://idp.example/", UrlRefusal::Scheme),
        ("gopher://idp.example/", UrlRefusal::Scheme),
        ("file:///etc/passwd", UrlRefusal::Malformed),
        ("javascript:alert(1)", UrlRefusal::Malformed),
        ("https://ann@idp.example/", UrlRefusal::UserInfo),
        ("https://ann:x@idp.example/", UrlRefusal::UserInfo),
        ("https://idp.example@127.0.0.1/", UrlRefusal::UserInfo),
        ("https://idp.example:22/", UrlRefusal::Port),
        ("https://idp.example:6379/", UrlRefusal::Port),
        ("https://8.8.8.8:80/", UrlRefusal::Port),
        ("http://127.0.0.1/", UrlRefusal::Scheme),
        ("https://127.0.0.1/", UrlRefusal::NotPublic),
    ] {
        assert_eq!(strict.check(url).err(), Some(refusal), "{url}");
    }
    let long = format!("https://idp.example/{}", "x".repeat(URL_BYTES_MAX));
    assert_eq!(strict.check(&long).err(), Some(UrlRefusal::Malformed));
    for url in [
        "https://idp.example/",
        "https://IDP.example:8443/a?b",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
    ] {
        assert!(strict.check(url).is_ok(), "{url}");
    }
    let demo = Rules::with_loopback();
    for url in [
        "http://127.0.0.1:4400/",
        "http://[::1]:4400/",
        "https://localhost:1/",
    ] {
        assert!(demo.check(url).is_ok(), "{url}");
    }
    for url in [
        "http://10.0.0.1/",
        "http://idp.example/",
        "https://192.168.0.1/",
        "ftp://127.0.0.1/",
    ] {
        assert!(demo.check(url).is_err(), "{url}");
    }
}

proptest! {
    /// Whatever the host: a URL that passes names a domain or a public address, https and an allowed port.
    #[test]
    fn no_text_slips_through(text in "(https?|HTTPS|ftp):[/\\\\]{1,3}[0-9a-fxX.:%@\\[\\]\u{ff10}-\u{ff19}\u{3002}]{0,24}(:[0-9]{1,5})?/?") {
        if let Ok(url) = Rules::strict().check(&text) {
            prop_assert_eq!(url.scheme(), "https");
            prop_assert!(PORTS.contains(&url.port_or_known_default().unwrap()));
            prop_assert!(url.username().is_empty() && url.password().is_none());
            match url.host().unwrap() {
                Host::Domain(name) => prop_assert!(name.parse::<IpAddr>().is_err()),
                Host::Ipv4(ip) => prop_assert!(is_public(ip.into())),
                Host::Ipv6(ip) => prop_assert!(is_public(ip.into())),
            }
        }
    }
}
