use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};

use super::{commit, memory, stored};
use crate::core::session::{Claim, Doubt, EndReason, Exit, Guest, LaunchOptions, Session, Status, Witness};
use crate::core::workspace::Scratch;
use crate::id::{ConversationId, PaneId, ProviderName, SessionId, TabId};
use crate::store::load;
use crate::store::{Change, HistoryLoader, NoticeRecord, PaneRecord, Store, TabRecord};
use crate::time::Wall;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,12}", "[\\x00-\\x7f]{0,6}", "['\"%;-]{1,6}"].prop_map(|text: String| text)
}

fn wall() -> impl Strategy<Value = Wall> {
    any::<i64>().prop_map(|unix_ms| Wall { unix_ms })
}

fn one_of<T: Copy + std::fmt::Debug + 'static, const N: usize>(values: [T; N]) -> impl Strategy<Value = T> {
    (0..N).prop_map(move |index| values[index])
}

fn exit() -> impl Strategy<Value = Exit> {
    let reason = one_of(EndReason::ALL);
    (any::<Option<i32>>(), any::<Option<i32>>(), reason, wall()).prop_map(|(code, signal, reason, at)| Exit {
        code,
        signal,
        reason,
        at,
    })
}

fn a_claim() -> impl Strategy<Value = Claim> {
    let witness = one_of([Witness::Farewell, Witness::Store, Witness::Process, Witness::Hook, Witness::Assigned]);
    (text(), witness, wall(), any::<bool>()).prop_map(|(conversation, witness, since, spoken)| Claim {
        conversation: ConversationId::new(&conversation),
        witness,
        since,
        spoken,
    })
}

fn options() -> impl Strategy<Value = LaunchOptions> {
    (vec(text(), 0..3), option::of(text()), btree_map(text(), text(), 0..3))
        .prop_map(|(args, model, env)| LaunchOptions { args, model, env, ..LaunchOptions::default() })
}

fn a_session() -> impl Strategy<Value = Session> {
    let status =
        one_of([Status::Starting, Status::Ready, Status::Busy, Status::Blocked, Status::Error, Status::Terminated]);
    let texts = (text(), option::of(text()), option::of(text()), option::of(text()), text());
    let links = (option::of(text()), option::of(text()));
    let state = (status, any::<bool>(), option::of(a_claim()), any::<Option<u32>>(), option::of(exit()));
    (any::<(u64, [u8; 10])>(), texts, options(), state, links, (wall(), wall())).prop_map(
        |((ms, random), (provider, name, title, first_message, cwd), options, state, links, times)| Session {
            id: SessionId::new(ms >> 16, random),
            provider: ProviderName::new(&provider),
            name,
            title,
            first_message,
            cwd,
            options,
            status: state.0,
            unseen: state.1,
            pin: state.3.map(|n: u32| n / 2),
            guest: state.2.as_ref().map(|_: &Claim| Guest {
                provider: ProviderName::new("claude"),
                cwd: "/tmp".to_owned(),
                options: LaunchOptions::default(),
                pid: 7,
            }),
            doubt: state.2.as_ref().map(|claim: &Claim| Doubt {
                reason: "2 conversations fit".to_owned(),
                candidates: vec![claim.conversation.clone()],
                since: claim.since,
            }),
            claim: state.2,
            pid: state.3,
            exit: state.4,
            task_id: links.0,
            mcp_session_id: links.1,
            created_at: times.0,
            last_activity_at: times.1,
        },
    )
}

fn read_back(store: &Store, session: SessionId) -> Option<Session> {
    store.reader().session(session).expect("readable").map(|stored| stored.session)
}

proptest! {
    // A database is made for each case.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_session_comes_back_as_it_was(session in a_session()) {
        let mut store = memory();
        commit(&mut store, vec![Change::InsertSession(session.clone())]);
        prop_assert_eq!(read_back(&store, session.id), Some(session));
    }

    #[test]
    fn an_update_sets_everything_but_the_claim(before in a_session(), after in a_session()) {
        let mut store = memory();
        let after = Session { id: before.id, claim: before.claim.clone(), ..after };
        let other_claim = Session { claim: None, ..after.clone() };
        commit(&mut store, vec![Change::InsertSession(before), Change::UpdateSession(other_claim)]);
        prop_assert_eq!(read_back(&store, after.id), Some(after));
    }

    #[test]
    fn a_layout_comes_back_as_it_was(names in vec(option::of(text()), 0..5), n_panes in 1..9u32, base in any::<u16>(), is_shown in option::of(any::<bool>())) {
        let mut store = memory();
        let pane = |n: u32| PaneId::new(n).expect("counts from 1");
        let panes: Vec<PaneRecord> = (1..=n_panes)
            .map(|n| PaneRecord { id: pane(n), session: SessionId::new(u64::from(n), [1; 10]) })
            .collect();
        for record in &panes {
            let session = Session { id: record.session, ..super::session(1) };
            commit(&mut store, vec![Change::InsertSession(session)]);
        }
        let tabs: Vec<TabRecord> = (0u32..)
            .zip(names)
            .map(|(position, name)| TabRecord {
                id: TabId(u32::from(base) + position),
                position,
                name,
                tree_json: "[1, 2]".to_owned(),
                focus: pane(1 + position % n_panes),
                zoomed: (position % 2 == 0).then(|| pane(1)),
            })
            .collect();
        let active = tabs.last().map(|tab| tab.id);
        let scratch = is_shown.map(|is_shown| Scratch { pane: pane(n_panes), is_shown });
        commit(&mut store, vec![Change::SaveLayout { tabs: tabs.clone(), active, scratch, panes: panes.clone() }]);
        let (loaded, warnings) = load::load(&store.conn, store.workspace, HistoryLoader::default()).expect("readable");
        prop_assert_eq!(warnings, []);
        prop_assert_eq!((loaded.tabs, loaded.active, loaded.scratch, loaded.panes), (tabs, active, scratch, panes));
    }

    #[test]
    fn a_notice_comes_back_as_it_was(kind in text(), words in text(), at in wall(), seen_at in option::of(wall())) {
        let mut store = memory();
        let notice = NoticeRecord { number: 3, session: None, kind, text: words, at, seen_at };
        commit(&mut store, vec![Change::InsertNotice(notice.clone())]);
        prop_assert_eq!(store.reader().notices().expect("readable"), [notice]);
    }
}

#[test]
fn every_choice_at_launch_is_kept() {
    let mut store = memory();
    let env = BTreeMap::from([("CODEX_HOME".to_owned(), "/other".to_owned())]);
    let options = LaunchOptions { args: vec!["--full-auto".to_owned()], env, ..LaunchOptions::default() };
    let session = Session { options: options.clone(), ..super::session(1) };
    commit(&mut store, vec![Change::InsertSession(session)]);
    assert_eq!(stored(&store, 1).session.options, options);
}
