//! How soon the browser has something to show, and how long a key of its filter takes: generated conversations of Claude Code,
//! Codex, OpenCode and Gemini CLI, read as the server reads them and shown to the browser's dialog.
//!
//! `cargo run --release --example catalogue_bench [CONVERSATIONS]`: first each agent's alone, then a quarter of each together.
//! Each figure is the worst of three runs.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::Result;
use homing::config::FileDialect;
use homing::core::conversation::Source;
use homing::core::dialog::DialogKey;
use homing::core::dialog::browser::{Browser, BrowserView};
use homing::id::ProviderName;
use homing::time::Wall;
use homing::watch::survey;

/// Projects over which the conversations lie.
const N_PROJECTS: usize = 50;

/// What is typed into the filter, taken back, and typed otherwise: a word that is everywhere, then ever fewer.
const TYPED: &[&str] = &["fix parser 77", "work p7", "qqq"];

/// The agents, with how their conversations are generated.
type Write = fn(&Path, usize) -> Result<()>;
const AGENTS: [(FileDialect, Write); 4] = [
    (FileDialect::Claude, claude),
    (FileDialect::Codex, codex),
    (FileDialect::OpenCode, opencode),
    (FileDialect::Gemini, gemini),
];

fn main() -> Result<()> {
    let n = std::env::args().nth(1).map_or(Ok(10_000), |n| n.parse())?;
    for one in AGENTS {
        measure(&format!("{:?}", one.0), &[one], n)?;
    }
    measure("all", &AGENTS, n / AGENTS.len())
}

/// Writes `n` conversations of each agent and measures the browser over them.
fn measure(name: &str, agents: &[(FileDialect, Write)], n: usize) -> Result<()> {
    let home = tempfile::tempdir()?;
    for (_, write) in agents {
        write(home.path(), n)?;
    }
    let env = vec![("HOME".to_owned(), home.path().to_string_lossy().into_owned())];
    let mut worst = Figures::default();
    let mut n_found = 0;
    for _ in 0..3 {
        let (figures, browser) = browse(agents.iter().map(|(files, _)| *files), &env);
        worst = worst.max(figures);
        n_found = browser.n_found();
    }
    let Figures { first, all, batch, key } = worst;
    println!("{name}: {n_found} rows, first {first:.1?}, all {all:.1?}, batch {batch:.1?}, key {key:.1?}");
    Ok(())
}

/// What is measured.
#[derive(Default)]
struct Figures {
    /// Until the first rows are in the list.
    first: Duration,
    /// Until all are.
    all: Duration,
    /// How long taking in one batch holds the loop.
    batch: Duration,
    /// How long a key does.
    key: Duration,
}

impl Figures {
    fn max(self, other: Self) -> Self {
        Self {
            first: self.first.max(other.first),
            all: self.all.max(other.all),
            batch: self.batch.max(other.batch),
            key: self.key.max(other.key),
        }
    }
}

fn browse(agents: impl Iterator<Item = FileDialect>, env: &[(String, String)]) -> (Figures, Browser) {
    let view = BrowserView {
        generation: 1,
        here: "/work/p1".to_owned(),
        home: "/home/me".to_owned(),
        now: Wall { unix_ms: 1_800_000_000_000 },
        open: BTreeMap::new(),
    };
    let mut browser = Browser::new(view);
    let started = Instant::now();
    let mut figures = Figures::default();
    let (batches, taken) = mpsc::channel();
    std::thread::scope(|scope| {
        for files in agents {
            let batches = batches.clone();
            scope.spawn(move || {
                let source = Arc::new(Source { files, env: BTreeMap::new() });
                let name = ProviderName::new(&format!("{files:?}").to_lowercase());
                survey::conversations(files, &env.to_vec(), &name, &mut |batch| match batches
                    .send((source.clone(), batch))
                {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                });
            });
        }
        drop(batches);
        while let Ok((source, batch)) = taken.recv() {
            let begun = Instant::now();
            browser.take(&source, batch);
            figures.batch = figures.batch.max(begun.elapsed());
            if figures.first.is_zero() {
                figures.first = started.elapsed();
            }
        }
    });
    figures.all = started.elapsed();
    for typed in TYPED {
        let keys = typed.chars().map(DialogKey::Char).chain(typed.chars().map(|_| DialogKey::Backspace));
        for key in keys {
            let begun = Instant::now();
            browser.key(key);
            figures.key = figures.key.max(begun.elapsed());
        }
    }
    (figures, browser)
}

fn claude(home: &Path, n: usize) -> Result<()> {
    for number in 0..n {
        let project = home.join(format!(".claude/projects/-work-p{}", number % N_PROJECTS));
        fs::create_dir_all(&project)?;
        let cwd = format!("/work/p{}", number % N_PROJECTS);
        let mut text = format!(
            "{{\"type\":\"user\",\"cwd\":\"{cwd}\",\"timestamp\":\"2026-11-20T10:00:00Z\",\"message\":{{\"content\":\"fix parser {number}\"}}}}\n"
        );
        for _ in 0..10 {
            text += &format!("{{\"type\":\"progress\",\"data\":\"{}\"}}\n", "x".repeat(2000));
        }
        text += "{\"type\":\"assistant\",\"timestamp\":\"2026-11-20T11:00:00Z\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}}\n";
        fs::write(project.join(format!("{number:08}-0000-4000-8000-000000000000.jsonl")), text)?;
    }
    Ok(())
}

fn codex(home: &Path, n: usize) -> Result<()> {
    let day = home.join(".codex/sessions/2026/11/20");
    fs::create_dir_all(&day)?;
    let mut state = rusqlite::Connection::open(home.join(".codex/state_5.sqlite"))?;
    state.execute_batch(
        "CREATE TABLE threads (id TEXT PRIMARY KEY, cwd TEXT, source TEXT, first_user_message TEXT, created_at_ms INTEGER, \
         thread_source TEXT, title TEXT, updated_at_ms INTEGER, rollout_path TEXT, archived INTEGER)",
    )?;
    let all = state.transaction()?;
    for number in 0..n {
        let id = format!("019ae001-0000-7000-8000-{number:012}");
        let path = day.join(format!("rollout-2026-11-20T10-00-00-{id}.jsonl"));
        let mut text = String::new();
        for (role, said) in [("user", "x".repeat(20_000)), ("assistant", "done".to_owned())] {
            text += &format!(
                "{{\"type\":\"response_item\",\"payload\":{{\"type\":\"message\",\"role\":\"{role}\",\"content\":[{{\"text\":\"{said}\"}}]}}}}\n"
            );
        }
        fs::write(&path, text)?;
        all.execute(
            "INSERT INTO threads VALUES (?1, ?2, 'cli', ?3, 1, 'user', NULL, ?4, ?5, 0)",
            rusqlite::params![
                id,
                format!("/work/p{}", number % N_PROJECTS),
                format!("fix parser {number}"),
                i64::try_from(number)?,
                path.to_string_lossy()
            ],
        )?;
    }
    Ok(all.commit()?)
}

fn gemini(home: &Path, n: usize) -> Result<()> {
    let directory = home.join(".gemini");
    let mut projects = serde_json::Map::new();
    for project in 0..N_PROJECTS {
        projects.insert(format!("/work/p{project}"), format!("p{project}").into());
        fs::create_dir_all(directory.join(format!("tmp/p{project}/chats")))?;
    }
    fs::write(directory.join("projects.json"), serde_json::json!({ "projects": projects }).to_string())?;
    for number in 0..n {
        let chats = directory.join(format!("tmp/p{}/chats", number % N_PROJECTS));
        let at = "2026-11-20T10:00:00.000Z";
        let mut text = format!(
            "{{\"sessionId\":\"{number:08}-0000-4000-8000-000000000000\",\"projectHash\":\"x\",\"startTime\":\"{at}\",\"kind\":\"main\"}}\n"
        );
        let said = [("user", format!("fix parser {number}")), ("gemini", "x".repeat(20_000))];
        for (index, (kind, said)) in said.iter().enumerate() {
            text += &format!(
                "{{\"id\":\"m{index}\",\"timestamp\":\"{at}\",\"type\":\"{kind}\",\"content\":[{{\"text\":\"{said}\"}}]}}\n"
            );
        }
        fs::write(chats.join(format!("session-2026-11-20T10-00-{number:08}.jsonl")), text)?;
    }
    Ok(())
}

fn opencode(home: &Path, n: usize) -> Result<()> {
    let directory = home.join(".local/share/opencode");
    fs::create_dir_all(&directory)?;
    let mut database = rusqlite::Connection::open(directory.join("opencode.db"))?;
    database.execute_batch(
        "CREATE TABLE session (id text PRIMARY KEY, parent_id text, directory text NOT NULL, title text NOT NULL, \
         time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer); \
         CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL, data text NOT NULL); \
         CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, data text NOT NULL); \
         CREATE INDEX message_idx ON message (session_id, time_created, id); \
         CREATE INDEX part_idx ON part (message_id, id);",
    )?;
    let all = database.transaction()?;
    for number in 0..n {
        let (id, at) = (format!("ses_{number:08}"), i64::try_from(number)?);
        let cwd = format!("/work/p{}", number % N_PROJECTS);
        all.execute(
            "INSERT INTO session VALUES (?1, NULL, ?2, ?3, ?4, ?4, NULL)",
            rusqlite::params![id, cwd, format!("Parser {number}"), at],
        )?;
        for (role, said) in [("user", format!("fix parser {number}")), ("assistant", "x".repeat(20_000))] {
            let message = format!("msg_{role}_{number}");
            let data = serde_json::json!({ "role": role }).to_string();
            all.execute("INSERT INTO message VALUES (?1, ?2, ?3, ?4)", rusqlite::params![message, id, at, data])?;
            let part = serde_json::json!({ "type": "text", "text": said }).to_string();
            all.execute(
                "INSERT INTO part VALUES (?1, ?2, ?3, ?4)",
                rusqlite::params![format!("prt_{message}"), message, id, part],
            )?;
        }
    }
    Ok(all.commit()?)
}
