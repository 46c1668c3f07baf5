use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::provider::hook::{HookEvent, HookKind};

const UP: &str = r#"{"id":"evt_1","type":"catalog.updated","properties":{}}"#;

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().unwrap();
    runtime.block_on(async { timeout(Duration::from_secs(20), test).await.expect("it comes to an end") });
}

/// An agent that serves a stream, and somebody who listens to it.
async fn world() -> (TcpListener, Subscription, UnboundedReceiver<Done>) {
    let agent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (done, inbox) = unbounded_channel();
    let source = Source {
        session: SessionId::new(1, [7; 10]),
        provider: ProviderName::new("opencode"),
        token: "secret".to_owned(),
        port: agent.local_addr().unwrap().port(),
        current: None,
    };
    let subscription = subscribe(source, done);
    (agent, subscription, inbox)
}

async fn request(agent: &TcpListener) -> (TcpStream, String) {
    let (mut connection, _) = agent.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let n = connection.read(&mut request).await.unwrap();
    (connection, String::from_utf8(request[..n].to_vec()).unwrap())
}

async fn answer(connection: &mut TcpStream, events: &[&str]) {
    connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
    for event in events {
        let line = format!("data: {event}\n\n");
        connection.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await.unwrap();
    }
}

async fn heard(inbox: &mut UnboundedReceiver<Done>) -> (HookReport, HookEvent) {
    match inbox.recv().await.unwrap() {
        Done::Event(event) => match *event {
            Event::Hook(report) => {
                let event = serde_json::from_str(&report.payload).unwrap();
                (report, event)
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_come_as_reports_of_this_launch() {
    run(async {
        let (agent, subscription, mut inbox) = world().await;
        let (mut connection, request) = request(&agent).await;
        let login = BASE64.encode(format!("opencode:{}", opencode::password("secret")));
        assert!(request.starts_with("GET /event HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("\r\nAuthorization: Basic {login}\r\n")), "{request}");
        assert_eq!(subscription.port, agent.local_addr().unwrap().port());
        answer(&mut connection, &[UP]).await;
        let (report, event) = heard(&mut inbox).await;
        assert_eq!((report.token.as_str(), report.ancestry), ("secret", Ancestry::Inside));
        assert!(matches!(event.kind, HookKind::SessionStarted { .. }), "{event:?}");
    });
}

#[test]
fn what_was_heard_before_a_cut_is_remembered_after_it() {
    run(async {
        let (agent, _subscription, mut inbox) = world().await;
        let recording = include_str!("../../provider/testdata/opencode/first_prompt.jsonl");
        let (announced, rest) = recording.match_indices('\n').nth(1).map(|(at, _)| recording.split_at(at)).unwrap();
        let (mut connection, _) = request(&agent).await;
        answer(&mut connection, &announced.lines().collect::<Vec<_>>()).await;
        drop(connection);
        let (mut connection, _) = request(&agent).await;
        answer(&mut connection, &rest.trim().lines().collect::<Vec<_>>()).await;
        let (_, event) = heard(&mut inbox).await;
        assert_eq!(event.kind, HookKind::PromptSubmitted { prompt: "second conversation".to_owned() });
    });
}

#[test]
fn whoever_answers_wrongly_or_not_at_all_is_asked_again() {
    run(async {
        let (agent, _subscription, mut inbox) = world().await;
        let (mut stranger, _) = request(&agent).await;
        stranger.write_all(b"HTTP/1.1 401 Unauthorized\r\n\r\n").await.unwrap();
        // Kept open, without an answer: as OpenCode does with whoever comes too early.
        let (_mute, _) = request(&agent).await;
        let (mut connection, _) = request(&agent).await;
        answer(&mut connection, &[UP]).await;
        heard(&mut inbox).await;
    });
}

#[test]
fn nobody_listens_once_the_subscription_is_gone() {
    run(async {
        let (agent, subscription, mut inbox) = world().await;
        let (mut connection, _) = request(&agent).await;
        answer(&mut connection, &[]).await;
        drop(subscription);
        assert!(inbox.recv().await.is_none());
    });
}

#[test]
fn the_first_answer_counts_while_earlier_tries_still_wait() {
    run(async {
        let (agent, _subscription, mut inbox) = world().await;
        let (_mute, _) = request(&agent).await;
        let (_mute_too, _) = request(&agent).await;
        let (mut connection, _) = request(&agent).await;
        answer(&mut connection, &[UP]).await;
        heard(&mut inbox).await;
    });
}

#[test]
fn a_port_is_one_that_no_connection_of_anybodys_takes_meanwhile() {
    let ports: Vec<u16> = (0..20).map(|_| free_port().unwrap()).collect();
    assert!(ports.iter().all(|port| QUIET_PORTS.contains(port)), "{ports:?}");
    assert!(ports.iter().any(|port| *port != ports[0]), "they are drawn");
}
