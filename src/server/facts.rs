//! Finding things out beside the loop: programs on PATH, what they can do, whether a conversation is on disk, who holds it.
//!
//! Read-only, but for the chats of Gemini, which are kept from Gemini itself; each question runs on a thread of its own unless it is a matter of microseconds.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc::UnboundedSender;

use crate::config::FileDialect;
use crate::core::Core;
use crate::core::effect::FactsRequest;
use crate::core::event::{Env, Event, LaunchFacts};
use crate::core::probe::{GuestProbe, Probe};
use crate::core::state::ProviderChoice;
use crate::core::turn_end::{TurnEnd, TurnQuestion};
use crate::id::{ConversationId, SessionId};
use crate::provider::Provider;
use crate::server::{Done, ready};
use crate::watch::gemini::{self, Project};
use crate::watch::gemini_copies::Copies;
use crate::watch::{PROC, guest, opencode, project, survey};

/// How long a process that ends has to let go of a conversation. Chosen: Codex takes some 0.3 s.
const LETS_GO: Duration = Duration::from_millis(1500);

/// How long an agent has to tell its version or its options.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// How long OpenCode has to make its database. A second alone; with ten agents starting on two cores some ten.
const SET_UP_TIME: Duration = Duration::from_secs(30);

/// How long an agent that says it is at rest may take to write down how its turn ended. Chosen: the status waits for it.
const WRITES_END: Duration = Duration::from_millis(150);

/// Held by whoever sets OpenCode's database up.
static OPENCODE_SET_UP: Mutex<()> = Mutex::new(());

/// Finds out what a launch must know; the answer comes as an event.
pub fn gather(request: FactsRequest, copies: &Copies, done: &UnboundedSender<Done>) {
    let answer = {
        let done = done.clone();
        move |facts| {
            let event = Event::LaunchFacts { pane: request.pane, epoch: request.epoch, facts };
            let _ = done.send(Done::Event(Box::new(event)));
        }
    };
    let facts = LaunchFacts {
        program: find_program(&request.program, &request.env),
        has_directory: Path::new(&request.cwd).is_dir(),
        directory: std::fs::canonicalize(&request.cwd).ok().and_then(|path| path.into_os_string().into_string().ok()),
        ..LaunchFacts::default()
    };
    if request.files == FileDialect::None {
        return answer(facts);
    }
    let copies = copies.clone();
    beside(move || answer(agent_facts(facts, &request, &copies)));
}

fn agent_facts(mut facts: LaunchFacts, request: &FactsRequest, copies: &Copies) -> LaunchFacts {
    if facts.program.is_none() {
        return facts;
    }
    if let Some(project) = gemini_project(request.files, &request.env, &request.cwd) {
        let result = copies.before_start(&project, request.conversation.as_ref(), SystemTime::now());
        result.unwrap_or_else(|error| tracing::warn!(%error, "chats of Gemini could not be copied"));
    }
    if let Some(agent) = find_program(&request.agent, &request.env) {
        let told = told_by(&agent, request);
        facts.version = told.version;
        facts.knows_no_daemon = told.help.is_none_or(|help| help.contains("--no-daemon"));
        if request.files == FileDialect::OpenCode {
            set_up_opencode(&agent, &request.env);
        }
    }
    if let Some(conversation) = &request.conversation {
        let (files, env) = (request.files, &request.env);
        facts.held_by = lasting_holder(files, env, conversation, &request.own);
        if let (Some(project), None) = (gemini_project(files, env, &request.cwd), facts.held_by) {
            let result = copies.clear_unsaid(&project, conversation);
            result.unwrap_or_else(|error| tracing::warn!(%error, "an empty chat of Gemini could not be taken away"));
        }
        facts.conversation_on_disk = survey::is_on_disk(files, env, &request.cwd, conversation).known();
        facts.is_id_used = survey::is_id_used(files, env, &request.cwd, conversation);
    }
    facts
}

/// Lets OpenCode make its database where there is none. Two OpenCodes (1.18.33) that both find none and make it at the same
/// instant disturb each other: one of them stays blank for good, in 3 of 14 trials. `db path` makes it and ends.
fn set_up_opencode(program: &str, env: &Env) {
    let _one_at_a_time = OPENCODE_SET_UP.lock().unwrap_or_else(PoisonError::into_inner);
    if !opencode::database(env).exists() && ask(program, &["db", "path"], env, SET_UP_TIME).is_none() {
        tracing::warn!("OpenCode has not made its database");
    }
}

/// The process that has the conversation open and keeps it: one that is just ending (killed with its terminal, say) lets go
/// in a moment.
fn lasting_holder(files: FileDialect, env: &Env, conversation: &ConversationId, own: &[u32]) -> Option<u32> {
    let started = Instant::now();
    loop {
        let holder = survey::holder(Path::new(PROC), files, env, conversation, own)?;
        if started.elapsed() > LETS_GO {
            return Some(holder);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What an agent's program told of itself.
#[derive(Clone, Debug, Default)]
struct Told {
    version: Option<String>,
    help: Option<String>,
}

/// Programs by path, time of change and size, with what they told: each is asked once in a server's life (a tenth of a
/// second). Those of one program that is asked by several at once wait for the first.
static TOLD: Mutex<BTreeMap<(PathBuf, SystemTime, u64), Told>> = Mutex::new(BTreeMap::new());

/// What the launch of the agent depends on: Claude Code's version (which hooks it knows), Codex's options.
fn told_by(program: &str, request: &FactsRequest) -> Told {
    let ask_now = || match request.files {
        FileDialect::Claude => Told {
            version: ask(program, &["--version"], &request.env, ANSWER_TIME).and_then(|text| version_in(&text)),
            help: None,
        },
        FileDialect::Codex => Told { version: None, help: ask(program, &["--help"], &request.env, ANSWER_TIME) },
        FileDialect::OpenCode
        | FileDialect::Gemini
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => Told::default(),
    };
    let path = std::fs::canonicalize(program).unwrap_or_else(|_| PathBuf::from(program));
    let Ok((changed_at, len)) = path.metadata().and_then(|meta| Ok((meta.modified()?, meta.len()))) else {
        return ask_now();
    };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.entry((path, changed_at, len)).or_insert_with(ask_now).clone()
}

/// Looks for evidence of a session's conversation; the answer comes as an event.
pub fn probe(probe: Probe, copies: &Copies, done: &UnboundedSender<Done>) {
    if probe.files == FileDialect::None {
        return;
    }
    let (done, copies) = (done.clone(), copies.clone());
    beside(move || {
        let project = gemini_project(probe.files, &probe.env, &probe.cwd);
        if let (Some(project), Some(id)) = (project, &probe.claimed) {
            let result = copies.after_turn(&project, id, SystemTime::now());
            result.unwrap_or_else(|error| tracing::warn!(%error, "a chat of Gemini could not be copied"));
        }
        let sightings = survey::sightings(Path::new(PROC), &probe);
        let event = Event::Seen { session: probe.session, epoch: probe.epoch, n_touches: probe.n_touches, sightings };
        let _ = done.send(Done::Event(Box::new(event)));
    });
}

/// Looks how a turn ended. The agent may write that down a moment after it has said that it is at rest.
pub fn turn_end(question: TurnQuestion, done: &UnboundedSender<Done>) {
    let done = done.clone();
    beside(move || {
        let started = Instant::now();
        let end = loop {
            match told_end(&question) {
                None if started.elapsed() < WRITES_END => std::thread::sleep(Duration::from_millis(20)),
                end => break end.unwrap_or(TurnEnd::Unknown),
            }
        };
        let event = Event::TurnEnd { session: question.session, epoch: question.epoch, end };
        let _ = done.send(Done::Event(Box::new(event)));
    });
}

fn told_end(question: &TurnQuestion) -> Option<TurnEnd> {
    let TurnQuestion { files, env, cwd, conversation, since, .. } = question;
    match files {
        FileDialect::Gemini => gemini::turn_end(&gemini::config_dir(env), cwd, conversation, *since),
        FileDialect::OpenCode => opencode::turn_end(&opencode::database(env), conversation, *since),
        FileDialect::Claude
        | FileDialect::Codex
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => None,
    }
}

/// Looks for an agent inside of a shell; the answer comes as an event.
pub fn probe_guest(probe: GuestProbe, done: &UnboundedSender<Done>) {
    let done = done.clone();
    beside(move || {
        let guest = guest::look(Path::new(PROC), &probe);
        let event = Event::GuestSeen { session: probe.session, epoch: probe.epoch, n_touches: probe.n_touches, guest };
        let _ = done.send(Done::Event(Box::new(event)));
    });
}

/// Tells when the process has ended; costs nothing until then. Where the system has no such thing (before Linux 5.3), it is
/// not told, and the next look at the shell finds out.
pub fn watch_guest(session: SessionId, pid: u32, done: &UnboundedSender<Done>) {
    let Some(watched) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return };
    let opened = rustix::process::pidfd_open(watched, rustix::process::PidfdFlags::NONBLOCK);
    let Ok(Ok(fd)) = opened.map(ready::register) else { return };
    let done = done.clone();
    tokio::task::spawn(async move {
        if fd.readable().await.is_ok() {
            let _ = done.send(Done::Event(Box::new(Event::GuestExited { session, pid })));
        }
    });
}

/// The project whose chats Gemini's own clean-up endangers.
fn gemini_project(files: FileDialect, env: &Env, cwd: &str) -> Option<Project> {
    if files == FileDialect::Gemini { gemini::project(&gemini::config_dir(env), cwd) } else { None }
}

/// Finds the agents of the provider table on PATH, then asks them for their versions. Two events: at once, and when all
/// have answered.
pub fn find_providers(core: &Core, env: Env, done: &UnboundedSender<Done>) {
    let rows: Vec<Provider> = core.providers().iter().cloned().collect();
    let done = done.clone();
    beside(move || {
        let mut choices: Vec<ProviderChoice> = rows.iter().map(|row| choice(row, &env)).collect();
        choices.sort_by_key(|choice| !choice.is_installed);
        let _ = done.send(Done::Event(Box::new(Event::ProvidersFound(choices.clone()))));
        for choice in choices.iter_mut().filter(|choice| choice.is_installed) {
            let Some(row) = rows.iter().find(|row| row.name == choice.name) else { continue };
            choice.version = row
                .program()
                .and_then(|program| find_program(program, &env))
                .and_then(|program| ask(&program, &["--version"], &env, ANSWER_TIME))
                .and_then(|text| version_in(&text));
        }
        let _ = done.send(Done::Event(Box::new(Event::ProvidersFound(choices))));
    });
}

/// Finds the repositories of directories. Beside the loop: a directory may lie on a slow disk.
pub fn find_projects(directories: Vec<String>, done: &UnboundedSender<Done>) {
    let done = done.clone();
    beside(move || {
        let found = directories.into_iter().filter_map(|directory| {
            let root = project::repository_of(std::path::Path::new(&directory))?;
            Some((directory, root.to_str()?.to_owned()))
        });
        let _ = done.send(Done::Event(Box::new(Event::ProjectsFound(found.collect()))));
    });
}

fn choice(row: &Provider, env: &Env) -> ProviderChoice {
    ProviderChoice {
        name: row.name.clone(),
        title: row.title.clone(),
        is_installed: row.program().is_none_or(|program| find_program(program, env).is_some()),
        version: None,
        install_hint: row.install_hint.clone(),
    }
}

/// The first word of the text that looks like a version.
pub fn version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    text.split(|c: char| c.is_whitespace() || c == '(' || c == ')')
        .map(|word| word.trim_start_matches('v'))
        .find(is_version)
        .map(|word| crate::text::one_line(word, 24))
}

/// Where a program lies: its own path if it has one, else the first executable file on the environment's PATH.
pub fn find_program(program: &str, env: &Env) -> Option<String> {
    let is_executable =
        |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    if program.contains('/') {
        return is_executable(Path::new(program)).then(|| program.to_owned());
    }
    let path = env
        .iter()
        .find(|(key, _)| key == "PATH")
        .map(|(_, value)| value.as_str())
        .unwrap_or("/usr/local/bin:/usr/bin:/bin");
    let candidates = path.split(':').filter(|dir| !dir.is_empty()).map(|dir| PathBuf::from(dir).join(program));
    candidates.into_iter().find(|path| is_executable(path)).and_then(|path| path.to_str().map(str::to_owned))
}

/// Runs a program with arguments and takes what it prints; `None` if it fails or takes longer than `time`. The program is one
/// that the user is about to run anyway.
fn ask(program: &str, args: &[&str], env: &Env, time: Duration) -> Option<String> {
    let output = tempfile::tempfile().ok()?;
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .envs(env.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone().ok()?)
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let started = Instant::now();
    while let Ok(None) = child.try_wait() {
        if started.elapsed() > time {
            let _ = child.kill().and_then(|()| child.wait());
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut text = String::new();
    use std::io::{Read, Seek};
    let mut output = output;
    output.rewind().ok()?;
    output.take(1 << 20).read_to_string(&mut text).ok()?;
    Some(text)
}

fn beside(work: impl FnOnce() + Send + 'static) {
    tokio::task::spawn_blocking(work);
}
