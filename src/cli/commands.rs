//! What each command does.

use clap::CommandFactory;

use crate::cli::args::{Args, Command};
use crate::cli::asking::{session_row, unexpected};
use crate::cli::caller::{absolute, environment, standard_input};
use crate::cli::layout::{Act, Then};
use crate::cli::lifecycle::{Asks, milliseconds};
use crate::cli::sessions::Links;
use crate::cli::settings::integrate;
use crate::cli::{Failure, completions, conversations, demo_agent, doctor, print};
use crate::core::workspace::MAIN;
use crate::core::worktrees::Discard;
use crate::paths::Paths;
use crate::protocol::api::{ApiRequest, ApiResponse, GcRequest, NewSession, SearchSyntax};

/// Where the CLI looks, and for which workspace.
pub(super) struct Place {
    pub(super) paths: Paths,
    pub(super) workspace: String,
}

/// Runs a command; the exit code.
pub fn run(args: Args) -> Result<u8, Failure> {
    match args.command {
        Some(Command::Hook { provider, event, rest }) => {
            crate::hook::send::run(&provider, event.as_deref().or(rest.last().map(String::as_str)));
            return Ok(0);
        }
        Some(Command::Completions { shell }) => {
            print!("{}", completions::script(shell));
            return Ok(0);
        }
        Some(Command::Skill) => {
            print!("{}", crate::cli::skill::TEXT);
            return Ok(0);
        }
        Some(Command::Man { command }) => return manual(command.as_deref()),
        _ => {}
    }
    let paths = Paths::from_env().map_err(Failure::failed)?;
    let inside = std::env::var("HOMING_WORKSPACE").ok().filter(|name| !name.is_empty());
    let workspace = args.workspace.or(inside).unwrap_or_else(|| MAIN.to_owned());
    crate::paths::check_workspace_name(&workspace).map_err(Failure::usage)?;
    let place = Place { paths, workspace };
    match args.command {
        None => place.attach(args.open),
        Some(command) => place.run(command),
    }
}

impl Place {
    fn run(self, command: Command) -> Result<u8, Failure> {
        match command {
            Command::Start { json } => self.start(json.json),
            Command::New { provider, name, cwd, worktree, split, prompt, model, task, json, args } => {
                let mut cwd = absolute(cwd.as_deref())?;
                let mut of = None;
                if let Some(branch) = worktree {
                    let (path, repository) = self.in_worktree(&cwd, &branch)?;
                    (cwd, of) = (path, Some(repository));
                }
                let new = NewSession {
                    provider,
                    name,
                    cwd,
                    placement: split.map(Into::into),
                    prompt,
                    model,
                    task_id: task,
                    args,
                    worktree: of,
                    env: environment(),
                };
                self.new_session(new, json.json)
            }
            Command::SessionNames => self.session_names(),
            Command::Ls { all, task, mcp_session, json } => {
                let links = Links { task_id: task, mcp_session_id: mcp_session };
                self.list(all, &links, json.json)
            }
            Command::Show { session, json } => {
                let row = session_row(self.ask(ApiRequest::Show { session })?)?;
                print::session(&row, json.json)
            }
            Command::Send { words, no_enter, to, all, json } => {
                let several = all || !to.is_empty();
                let (session, text) = match (words.as_slice(), several) {
                    ([text], true) => (None, text),
                    ([session, text], false) => (Some(session), text),
                    (_, true) => return Err(Failure::usage("with --to or --all give the text alone, as one word")),
                    (_, false) => return Err(Failure::usage("give a session and a text, or --to or --all and a text")),
                };
                let text = if text == "-" { standard_input()? } else { text.clone() };
                match session.cloned() {
                    Some(session) => self.submit(ApiRequest::Send { session, text, enter: !no_enter }).map(|_| 0),
                    None => self.send_to_several(to, all, text, json.json),
                }
            }
            Command::Keys { session, keys } => self.tell(ApiRequest::Keys { session, keys }),
            Command::Screen { session, history, ansi, json } => {
                match self.ask(ApiRequest::Screen { session, history, ansi })? {
                    ApiResponse::Text(text) => print::text(&text, json.json),
                    other => Err(unexpected(&other)),
                }
            }
            Command::Wait { session, until, timeout, json } => self.wait(session, &until, timeout, json.json),
            Command::Focus { session } => self.tell(ApiRequest::Focus { session }),
            Command::Run { command: Some(command), client, .. } => self.tell(ApiRequest::Run { command, client }),
            Command::Run { command: None, json, .. } => print::commands(json.json),
            Command::Scratch { json } => self.scratch(json.json),
            Command::Close { session, remove_worktree: false, .. } => self.tell(ApiRequest::Close { session }),
            Command::Close { session, remove_worktree: true, discard } => {
                let discard = if discard { Discard::Changes } else { Discard::Nothing };
                self.close_with_worktree(&session, discard)
            }
            Command::Reopen { session, json } => self.reopen(session, json.json),
            Command::Rename { session, name } => self.tell(ApiRequest::Rename { session, name }),
            Command::Set { session, task, mcp_session } => {
                self.tell(ApiRequest::Set { session, task_id: task, mcp_session_id: mcp_session })
            }
            Command::Explain { session, json } => match self.ask(ApiRequest::Explain { session })? {
                ApiResponse::Explanation(explanation) => print::explanation(&explanation, json.json),
                other => Err(unexpected(&other)),
            },
            Command::Notices { unread, json } => match self.ask(ApiRequest::Notices { unread })? {
                ApiResponse::Notices(rows) => print::notices(&rows, json.json),
                other => Err(unexpected(&other)),
            },
            Command::Search { text, regex, json } => {
                let syntax = if regex { SearchSyntax::Regex } else { SearchSyntax::Text };
                match self.ask(ApiRequest::Search { text, syntax })? {
                    ApiResponse::Found { rows, is_cut } => {
                        if is_cut {
                            eprintln!("homing: there are more lines than {}; a longer text finds fewer", rows.len());
                        }
                        print::found(&rows, json.json)
                    }
                    other => Err(unexpected(&other)),
                }
            }
            Command::Events { follow } => self.events(follow),
            Command::Conversations { provider, cwd, limit, json } => {
                let cwd = cwd.as_deref().map(|cwd| absolute(Some(cwd))).transpose()?;
                conversations::list(&self.paths, provider.as_deref(), cwd.as_deref(), limit, json.json)
            }
            Command::Open { provider, id, split, json } => self.open(&provider, &id, split.map(Into::into), json.json),
            Command::Layout { command } => self.layout(command),
            Command::Up { file, dry_run, detach, json } => {
                let then = if detach || json.json { Then::Leave } else { Then::Attach };
                self.up(file, Act::of(dry_run), then, json.json)
            }
            Command::Status { json } => match self.ask(ApiRequest::Status)? {
                ApiResponse::Status(row) => print::status(&row, json.json),
                other => Err(unexpected(&other)),
            },
            Command::Stop => self.stop(),
            Command::RestartServer => self.restart_server(),
            Command::Demo => self.demo(),
            Command::Doctor { probe, json } => doctor::run(&self.paths, &self.workspace, probe.as_deref(), json.json),
            Command::Mcp => {
                crate::mcp::serve(self.paths, self.workspace, environment()).map(|()| 0).map_err(Failure::failed)
            }
            Command::Config { command } => self.config(command),
            Command::Integrations { command } => integrate(&command),
            Command::DemoAgent(args) => {
                let code = demo_agent::run(args, &self.paths.data_dir().join("demo"));
                Ok(u8::try_from(code).unwrap_or(1))
            }
            Command::Server => self.server(),
            Command::Keeper(args) => {
                crate::keeper::run(args, &self.paths, &self.workspace).map(|()| 0).map_err(Failure::failed)
            }
            Command::Hook { .. } | Command::Completions { .. } | Command::Skill | Command::Man { .. } => Ok(0),
            Command::Forget { session, yes } => self.forget(session, if yes { Asks::Never } else { Asks::OnTerminal }),
            Command::Stats { all, json } => self.stats(all, json.json),
            Command::Gc { idle, ended, dry_run, json } => {
                let request = GcRequest { idle_ms: idle.map(milliseconds), ended_ms: ended.map(milliseconds), dry_run };
                self.gc(request, json.json)
            }
        }
    }
}

/// Prints the manual page in roff.
fn manual(command: Option<&str>) -> Result<u8, Failure> {
    let mut homing = Args::command().name("homing");
    homing.build();
    let page = match command {
        None => homing,
        Some(name) => match homing.find_subcommand(name) {
            Some(found) => found.clone(),
            None => return Err(Failure::usage(format!("no command {name:?}; `homing --help` lists them"))),
        },
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff).map_err(Failure::failed)?;
    std::io::Write::write_all(&mut std::io::stdout(), &roff).map_err(Failure::failed)?;
    Ok(0)
}
