//! How soon the browser has something to show: the first and all rows of generated stores of Claude Code, Codex and Gemini, and
//! the slowest key of the filter over what was found.
//!
//! `cargo run --release --example catalogue_bench [CONVERSATIONS]`. Each figure is the worst of three runs.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use homing::config::FileDialect;
use homing::core::conversation::Conversation;
use homing::core::dialog::DialogKey;
use homing::core::dialog::filter_list::{Entry, FilterList};
use homing::id::ProviderName;
use homing::watch::survey;

/// Projects over which the conversations lie.
const N_PROJECTS: usize = 50;

/// What is typed into the filter.
const TYPED: &str = "fix parser 77";

fn main() -> Result<()> {
    let n = std::env::args().nth(1).map_or(Ok(10_000), |n| n.parse())?;
    let home = tempfile::tempdir()?;
    let env = vec![("HOME".to_owned(), home.path().to_string_lossy().into_owned())];
    claude(home.path(), n)?;
    codex(home.path(), n)?;
    gemini(home.path(), n)?;
    for files in [FileDialect::Claude, FileDialect::Codex, FileDialect::Gemini] {
        let mut worst = (Duration::ZERO, Duration::ZERO);
        let mut found = Vec::new();
        for _ in 0..3 {
            found = Vec::new();
            let started = Instant::now();
            let mut first = None;
            survey::conversations(files, &env, &ProviderName::new("one"), &mut |batch| {
                first.get_or_insert_with(|| started.elapsed());
                found.extend(batch);
                ControlFlow::Continue(())
            });
            worst = (worst.0.max(first.unwrap_or_default()), worst.1.max(started.elapsed()));
        }
        println!(
            "{files:?}: {} rows, first {:.1?}, all {:.1?}, key {:.1?}",
            found.len(),
            worst.0,
            worst.1,
            key(&found)
        );
    }
    Ok(())
}

/// The slowest of the keys.
fn key(found: &[Conversation]) -> Duration {
    let text = |one: &Conversation| format!("{} {}", one.first_message.as_deref().unwrap_or_default(), one.cwd);
    let mut list = FilterList::new(found.iter().map(|one| Entry { text: text(one), tier: 0 }).collect());
    let keys = TYPED.chars().map(|c| {
        let started = Instant::now();
        list.key(DialogKey::Char(c));
        started.elapsed()
    });
    keys.max().unwrap_or_default()
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
