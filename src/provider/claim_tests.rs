use super::*;
use crate::provider::row::Providers;

const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const B: &str = "bbbbbbbb-2222-4222-8222-222222222222";

fn id(text: &str) -> ConversationId {
    ConversationId::new(text)
}

fn at(unix_ms: i64) -> Wall {
    Wall { unix_ms }
}

/// A claim on `A` since 100.
fn claim(witness: Witness, spoken: bool) -> Claim {
    Claim { conversation: id(A), witness, since: at(100), spoken }
}

/// Evidence of 200 for one conversation from the pane itself.
fn seen(sight: Sight, conversation: &str) -> Evidence {
    let provider = ProviderName::new("claude");
    Evidence { provider, sight, candidates: vec![id(conversation)], at: at(200), origin: Origin::Pane }
}

fn judge(current: Option<&Claim>, evidence: &Evidence) -> Verdict {
    judge_as("claude", current, evidence, HookStanding::Silent)
}

fn judge_as(provider: &str, current: Option<&Claim>, evidence: &Evidence, hooks: HookStanding) -> Verdict {
    let is_settled = hooks == HookStanding::Latest;
    let providers = Providers::default();
    let provider = providers.find(provider).unwrap();
    let evidence = Evidence { provider: provider.name.clone(), ..evidence.clone() };
    weigh(current, &evidence, &Scene { provider, hooks, is_settled, ..scene(&providers) })
}

fn scene(providers: &Providers) -> Scene<'_> {
    let provider = providers.find("claude").unwrap();
    Scene { provider, hooks: HookStanding::Silent, is_settled: false, has_twin: false, holder: None }
}

const STARTED: Sight = Sight::Opened(StartSource::Startup);
const PROCESS: Sight = Sight::Process { spoken: false };

#[test]
fn the_first_evidence_is_a_claim_that_is_spoken_only_if_a_message_was_seen() {
    let cases = [
        (Sight::Launch, Witness::Assigned, false),
        (STARTED, Witness::Hook, false),
        (Sight::Opened(StartSource::Clear), Witness::Hook, false),
        (Sight::Opened(StartSource::Resume), Witness::Hook, true),
        (Sight::Prompt, Witness::Hook, true),
        (Sight::Turn, Witness::Hook, true),
        (PROCESS, Witness::Process, false),
        (Sight::Farewell, Witness::Farewell, false),
    ];
    for (sight, witness, spoken) in cases {
        let claim = Claim { conversation: id(B), witness, since: at(200), spoken };
        assert_eq!(judge(None, &seen(sight, B)), Verdict::Claim(claim), "{sight:?}");
    }
}

#[test]
fn a_later_report_of_what_the_pane_shows_moves_the_session() {
    for witness in [Witness::Assigned, Witness::Hook, Witness::Process, Witness::Farewell] {
        for sight in [STARTED, Sight::Opened(StartSource::Fork), Sight::Prompt, Sight::Launch] {
            let verdict = judge(Some(&claim(witness, true)), &seen(sight, B));
            assert!(matches!(&verdict, Verdict::Move(claim) if claim.conversation == id(B)), "{sight:?} {verdict:?}");
        }
    }
}

#[test]
fn an_earlier_report_that_arrives_late_moves_nothing() {
    let evidence = Evidence { at: at(99), ..seen(Sight::Prompt, B) };
    assert_eq!(judge(Some(&claim(Witness::Hook, true)), &evidence), Verdict::Keep(Reason::Stale));
}

#[test]
fn a_turn_that_ends_in_the_background_moves_nothing() {
    let verdict = judge(Some(&claim(Witness::Hook, false)), &seen(Sight::Turn, B));
    assert_eq!(verdict, Verdict::Keep(Reason::Background(id(B))));
}

#[test]
fn an_exit_line_moves_the_session_unless_a_hook_has_just_said_otherwise() {
    use HookStanding::{Earlier, Latest, Silent};
    for witness in [Witness::Assigned, Witness::Hook, Witness::Process, Witness::Farewell] {
        let current = claim(witness, true);
        for hooks in [Silent, Earlier] {
            let verdict = judge_as("claude", Some(&current), &seen(Sight::Farewell, B), hooks);
            assert!(matches!(verdict, Verdict::Move(_)), "{witness:?} {hooks:?} {verdict:?}");
        }
        let reason = Reason::Disagrees { seen: id(B), witness: Witness::Farewell };
        assert!(reason.is_doubt());
        assert_eq!(judge_as("claude", Some(&current), &seen(Sight::Farewell, B), Latest), Verdict::Refuse(reason));
    }
}

#[test]
fn where_the_submitted_text_stands_moves_a_session_only_while_nothing_better_has_spoken() {
    let providers = Providers::default();
    let provider = providers.find("codex").unwrap();
    let evidence = Evidence { provider: provider.name.clone(), ..seen(Sight::Store { spoken: true }, B) };
    let judge = |current: Option<&Claim>, hooks, is_settled, has_twin| {
        weigh(current, &evidence, &Scene { provider, hooks, is_settled, has_twin, ..scene(&providers) })
    };
    let current = claim(Witness::Process, true);
    let outranked = Verdict::Keep(Reason::Outranked(id(B)));
    assert_eq!(judge(Some(&current), HookStanding::Latest, true, false), outranked);
    assert_eq!(judge(Some(&current), HookStanding::Silent, true, false), outranked);
    assert!(matches!(judge(Some(&current), HookStanding::Silent, false, false), Verdict::Move(_)));
    let twins = Verdict::Refuse(Reason::Twin(vec![id(A), id(B)]));
    assert_eq!(judge(Some(&current), HookStanding::Silent, false, true), twins);
    assert_eq!(Reason::Twin(vec![id(A)]).to_string(), "another pane was told the same at the same time");
    assert!(matches!(judge(None, HookStanding::Silent, false, false), Verdict::Claim(_)));
    assert_eq!(judge(None, HookStanding::Silent, false, true), Verdict::Refuse(Reason::Twin(vec![id(B)])));
}

#[test]
fn the_stronger_displaces_the_weaker() {
    let verdict = judge(Some(&claim(Witness::Farewell, true)), &seen(Sight::Turn, B));
    assert!(matches!(verdict, Verdict::Move(_)), "{verdict:?}");
}

#[test]
fn the_process_moves_a_session_unless_a_hook_has_spoken_since() {
    let current = claim(Witness::Assigned, true);
    for hooks in [HookStanding::Silent, HookStanding::Earlier] {
        let verdict = judge_as("claude", Some(&current), &seen(PROCESS, B), hooks);
        assert!(matches!(verdict, Verdict::Move(_)), "{hooks:?} {verdict:?}");
    }
    let latest = judge_as("claude", Some(&current), &seen(PROCESS, B), HookStanding::Latest);
    assert_eq!(latest, Verdict::Keep(Reason::Outranked(id(B))));
}

#[test]
fn agreement_strengthens_a_claim_and_never_weakens_it() {
    let better = judge(Some(&claim(Witness::Process, false)), &seen(Sight::Prompt, A));
    assert_eq!(better, Verdict::Claim(Claim { spoken: true, ..claim(Witness::Hook, false) }));
    let spoken = judge(Some(&claim(Witness::Assigned, false)), &seen(Sight::Prompt, A));
    assert_eq!(spoken, Verdict::Claim(claim(Witness::Assigned, true)));
    assert_eq!(judge(Some(&claim(Witness::Assigned, true)), &seen(STARTED, A)), Verdict::Keep(Reason::Known));
}

#[test]
fn what_is_not_about_this_session_counts_for_nothing() {
    let cases = [
        (seen(Sight::SubAgent, B), Reason::SubAgent),
        (seen(Sight::Closed, B), Reason::Closing),
        (Evidence { origin: Origin::Outside, ..seen(Sight::Prompt, B) }, Reason::Outside),
        (Evidence { origin: Origin::Nested, ..seen(Sight::Prompt, B) }, Reason::Nested),
        (seen(Sight::Prompt, "--yolo"), Reason::NotAnId),
    ];
    for (evidence, reason) in cases {
        for current in [None, Some(&claim(Witness::Farewell, false))] {
            assert_eq!(judge(current, &evidence), Verdict::Refuse(reason.clone()), "{evidence:?}");
        }
    }
    let refused = Verdict::Refuse(Reason::NotAWitness(Witness::Store));
    assert_eq!(judge_as("demo", None, &seen(Sight::Store { spoken: true }, B), HookStanding::Silent), refused);
    let providers = Providers::default();
    let scene = Scene { provider: providers.find("shell").unwrap(), ..scene(&providers) };
    let reason = Reason::OtherProvider(ProviderName::new("claude"));
    assert_eq!(weigh(None, &seen(Sight::Prompt, B), &scene), Verdict::Refuse(reason));
}

#[test]
fn what_another_session_holds_is_refused_by_name() {
    let providers = Providers::default();
    let holder = SessionId::new(1, [1; 10]);
    let scene = Scene { holder: Some(holder), ..scene(&providers) };
    let reason = Reason::Held { conversation: id(B), holder };
    assert_eq!(weigh(Some(&claim(Witness::Hook, true)), &seen(Sight::Prompt, B), &scene), Verdict::Refuse(reason));
}

#[test]
fn several_candidates_are_no_claim() {
    let mut evidence = seen(PROCESS, A);
    evidence.candidates.push(id(B));
    let ambiguous = Verdict::Refuse(Reason::Ambiguous(vec![id(A), id(B)]));
    assert_eq!(judge(None, &evidence), ambiguous);
    assert_eq!(judge(Some(&claim(Witness::Hook, true)), &evidence), ambiguous, "the user may have changed it since");
    let settled = judge_as("claude", Some(&claim(Witness::Hook, true)), &evidence, HookStanding::Latest);
    assert_eq!(settled, Verdict::Keep(Reason::Known));
    evidence.candidates = vec![id(B), id(B)];
    assert!(matches!(judge(None, &evidence), Verdict::Claim(_)));
}

#[test]
fn a_resume_names_its_conversation_even_where_the_provider_assigns_none() {
    let verdict = judge_as("codex", None, &seen(Sight::Launch, A), HookStanding::Silent);
    assert!(matches!(verdict, Verdict::Claim(Claim { witness: Witness::Assigned, .. })), "{verdict:?}");
}

/// Reports as they come from the agents, in order, and where the session stands after each.
#[test]
fn stories() {
    let opened = |source| Sight::Opened(source);
    let clear = [
        (Sight::Launch, A, A),
        (STARTED, A, A),
        (Sight::Prompt, A, A),
        (Sight::Closed, A, A),
        (opened(StartSource::Clear), B, B),
        (Sight::Prompt, B, B),
    ];
    let fork = [
        (Sight::Launch, A, A),
        (opened(StartSource::Resume), A, A),
        (Sight::Prompt, B, B),
        (Sight::Turn, B, B),
        (Sight::Closed, B, B),
        (Sight::Farewell, B, B),
    ];
    let back = [
        (Sight::Launch, A, A),
        (Sight::Prompt, A, A),
        (opened(StartSource::Resume), B, B),
        (opened(StartSource::Resume), A, A),
        (Sight::Turn, B, A),
        (Sight::Closed, B, A),
    ];
    for (name, story) in [("clear", clear), ("fork", fork), ("there and back", back)] {
        let mut current: Option<Claim> = None;
        for (step, (sight, reported, expected)) in story.into_iter().enumerate() {
            let evidence = Evidence { at: at(i64::try_from(step).unwrap()), ..seen(sight, reported) };
            if let Verdict::Claim(claim) | Verdict::Move(claim) = judge(current.as_ref(), &evidence) {
                current = Some(claim);
            }
            assert_eq!(current.as_ref().map(|claim| claim.conversation.as_str()), Some(expected), "{name} {step}");
        }
        assert!(current.is_some_and(|claim| claim.spoken), "{name}");
    }
}

#[test]
fn hooks_become_evidence_by_what_they_say() {
    let providers = Providers::default();
    let codex = providers.find("codex").unwrap();
    let sight = |event: &str, more: &str| {
        let payload = format!("{{\"session_id\":\"{A}\"{more}}}");
        let event = crate::provider::hook::parse(codex, Some(event), &payload);
        Evidence::from_hook(&event, at(1), Origin::Pane).map(|evidence| evidence.sight)
    };
    assert_eq!(sight("SessionStart", ",\"source\":\"fork\""), Some(Sight::Opened(StartSource::Fork)));
    assert_eq!(sight("UserPromptSubmit", ""), Some(Sight::Prompt));
    assert_eq!(sight("UserPromptSubmit", ",\"agent_id\":\"x\""), Some(Sight::SubAgent));
    assert_eq!(sight("Stop", ""), Some(Sight::Turn));
    assert_eq!(sight("SessionEnd", ""), Some(Sight::Closed));
    assert_eq!(sight("PreCompact", ""), None);
}
