//! The arguments, as clap reads them. Help and completions derive from here.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::core::dialog::Placement;

/// A terminal workspace for coding agents.
#[derive(Debug, Parser)]
#[command(name = "homing", version, about, disable_help_subcommand = true)]
pub struct Args {
    /// Which workspace (default: main, or the one this pane belongs to)
    #[arg(short = 'w', long, global = true, value_name = "NAME")]
    pub workspace: Option<String>,
    /// What to open if the workspace is empty
    #[arg(long, value_name = "PROVIDER")]
    pub open: Option<String>,
    /// What to do; without a command: attach, after starting and restoring if needed
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Output for programs.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct Json {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Where a new pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Split {
    /// Right of the focused pane
    Right,
    /// Below the focused pane
    Down,
    /// In a new tab
    Tab,
}

impl From<Split> for Placement {
    fn from(split: Split) -> Self {
        match split {
            Split::Right => Self::Right,
            Split::Down => Self::Down,
            Split::Tab => Self::Tab,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start and restore without attaching; prints what became of each pane
    Start {
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Open a session; prints its id
    New {
        /// claude, codex, shell, demo, or a provider of your config
        provider: String,
        /// Your name for it
        #[arg(long, short)]
        name: Option<String>,
        /// Its directory (default: this one)
        #[arg(long, value_name = "DIR")]
        cwd: Option<PathBuf>,
        /// In a git worktree of this branch, made beside the repository where there is none
        #[arg(long, value_name = "BRANCH")]
        worktree: Option<String>,
        /// Where its pane goes
        #[arg(long, value_enum)]
        split: Option<Split>,
        /// The first prompt
        #[arg(long, value_name = "TEXT")]
        prompt: Option<String>,
        /// The model
        #[arg(long)]
        model: Option<String>,
        /// A task id to link it to
        #[arg(long, value_name = "ID")]
        task: Option<String>,
        /// How it is printed
        #[command(flatten)]
        json: Json,
        /// Further arguments for the agent, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// List the sessions
    Ls {
        /// Closed ones too, with their ids
        #[arg(long)]
        all: bool,
        /// Only those linked to this task
        #[arg(long, value_name = "ID")]
        task: Option<String>,
        /// Only those linked to this MCP session
        #[arg(long, value_name = "ID")]
        mcp_session: Option<String>,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Show one session
    Show {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Type a text into a session and submit it
    Send {
        /// Pane number, id (or a prefix), or name (not with --to or --all); then the text, `-` reads standard input
        #[arg(required = true, num_args = 1..=2, value_names = ["SESSION", "TEXT"])]
        words: Vec<String>,
        /// Do not press Enter after it
        #[arg(long, conflicts_with_all = ["to", "all"])]
        no_enter: bool,
        /// To these sessions, separated by commas; says what came of it in each
        #[arg(long, value_name = "SESSIONS", value_delimiter = ',')]
        to: Vec<String>,
        /// To all agents that run, but the one that sends
        #[arg(long)]
        all: bool,
        /// How it is printed, with --to or --all
        #[command(flatten)]
        json: Json,
    },
    /// Press keys in a session (`ctrl+c`, `enter`, `up`, `a`)
    Keys {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// The keys, in the notation of the config's key map
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Print a session's screen
    Screen {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// This many lines of history above it
        #[arg(long, value_name = "N", default_value_t = 0)]
        history: usize,
        /// With colours
        #[arg(long)]
        ansi: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Wait until a session is ready, busy, blocked or exited, or its screen matches text=RE
    Wait {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// ready, busy, blocked, exited or text=REGEX
        #[arg(long, value_name = "STATE")]
        until: String,
        /// Give up after this many seconds (exit code 4)
        #[arg(long, value_name = "SECS")]
        timeout: Option<f64>,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Show a session in the attached terminal
    Focus {
        /// Pane number, id (or a prefix), or name
        session: String,
    },
    /// Do what a key does in the attached terminal; without a name, list what there is
    Run {
        /// The command's name, as in the config's key map
        command: Option<String>,
        /// The attached terminal, by its client's process id (default: the one that typed last)
        #[arg(long, value_name = "PID", requires = "command")]
        client: Option<u32>,
        /// How the list is printed
        #[command(flatten)]
        json: Json,
    },
    /// Show the scratch shell, which floats over the tab, or put it away; prints its session's id
    Scratch {
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// End a session and close its pane
    Close {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// Remove its git worktree too; its branch stays
        #[arg(long)]
        remove_worktree: bool,
        /// Even if changes in it are not committed: they are lost
        #[arg(long, requires = "remove_worktree")]
        discard: bool,
    },
    /// Start an ended or closed session again, on its conversation; prints its id
    Reopen {
        /// Pane number, id (or a prefix), or name; `homing ls --all` lists closed ones
        session: String,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Rename a session
    Rename {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// Its new name; empty takes the name away
        name: String,
    },
    /// Link a session to a task or an MCP session; an empty id takes the link away
    Set {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// The task's id
        #[arg(long, value_name = "ID")]
        task: Option<String>,
        /// The MCP session's id
        #[arg(long, value_name = "ID")]
        mcp_session: Option<String>,
    },
    /// Say why a session is on its conversation: what was seen, when, and what counted
    Explain {
        /// Pane number, id (or a prefix), or name
        session: String,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// List the conversations on disk, started here or elsewhere, newest first
    Conversations {
        /// Only those of this provider
        #[arg(long, value_name = "PROVIDER")]
        provider: Option<String>,
        /// Only those of this directory
        #[arg(long, value_name = "DIR")]
        cwd: Option<PathBuf>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Open a conversation that is on disk, in its own directory; prints the session's id
    Open {
        /// Whose it is
        provider: String,
        /// Its id, or a unique beginning of it
        id: String,
        /// Where its pane goes
        #[arg(long, value_enum)]
        split: Option<Split>,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// What happened while you looked elsewhere, oldest first
    Notices {
        /// Only what you have not seen
        #[arg(long)]
        unread: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// A text in the histories of all sessions, ended ones too
    Search {
        /// What is looked for; case counts only where it has a capital
        text: String,
        /// Take it as a regular expression
        #[arg(long)]
        regex: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// What changed, one JSON object a line
    Events {
        /// Go on with what changes from now on
        #[arg(long)]
        follow: bool,
    },
    /// Erase an ended or closed session: screen, history, notices and all; asks first on a terminal
    Forget {
        /// Pane number, id (or a prefix), or name; `homing ls --all` lists closed ones
        session: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Count the sessions, ended ones too: by status, end and provider, with their times
    Stats {
        /// Of all workspaces together
        #[arg(long)]
        all: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Clean up by age: close idle sessions, forget ended ones
    #[command(group = clap::ArgGroup::new("age").required(true).multiple(true))]
    Gc {
        /// Close sessions that have been idle for this long (`90s`, `15m`, `1h`, `30d`); `homing reopen` brings them back
        #[arg(long, value_name = "AGE", group = "age", value_parser = crate::cli::age::parse)]
        idle: Option<Duration>,
        /// Forget sessions that ended this long ago
        #[arg(long, value_name = "AGE", group = "age", value_parser = crate::cli::age::parse)]
        ended: Option<Duration>,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Layouts as text: write the open one down, or open one
    Layout {
        /// What to do
        #[command(subcommand)]
        command: LayoutCommand,
    },
    /// Open a project's layout: what is open already is gone to, the rest is started
    Up {
        /// The layout (default: .homing.toml here, or in a directory above within the repository)
        file: Option<PathBuf>,
        /// Only say what would be opened
        #[arg(long)]
        dry_run: bool,
        /// Do not attach afterwards (it does only on a terminal)
        #[arg(long, short)]
        detach: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Show the server
    Status {
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// End all agents and the server; everything is stored and comes back
    Stop,
    /// Replace the server process; agents run on (also how an upgrade takes effect)
    RestartServer,
    /// A workspace with built-in demo agents: nothing to install
    Demo,
    /// Hooks in an agent's own settings, where it takes none for one launch
    Integrations {
        /// What to do
        #[command(subcommand)]
        command: IntegrationsCommand,
    },
    /// Check terminal, agents, database and server; says what to do about what is not fine (exit code 1 if something is bad)
    Doctor {
        /// Try the agents, too (all that are installed, or these): start each in a home of its own, without login or network,
        /// and see whether its hooks arrive and it comes back on its conversation; up to a minute each
        #[arg(long, value_name = "PROVIDER", num_args = 0..)]
        probe: Option<Vec<String>>,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Look at the settings
    Config {
        /// What to look at
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Serve programs that speak MCP, over standard input and output, within the rights of `[mcp] allow`
    Mcp,
    /// Print a text that teaches an agent to use this command line (a skill file)
    Skill,
    /// Print the manual page, of a command if one is named
    Man {
        /// Of this command (`new`, `config`)
        command: Option<String>,
    },
    /// Print shell completions
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// (for completions) Ways to name the sessions
    #[command(hide = true)]
    SessionNames,
    /// (for agents) Report an event of an agent's hook
    #[command(hide = true)]
    Hook {
        /// Which agent
        provider: String,
        /// Which event
        event: Option<String>,
        /// What else the agent appends
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// (internal) The built-in demo agent
    #[command(hide = true)]
    DemoAgent(crate::cli::demo_agent::DemoArgs),
    /// (internal) The server process
    #[command(hide = true)]
    Server,
    /// (internal) The keeper process
    #[command(hide = true)]
    Keeper(crate::keeper::KeeperArgs),
}

/// What to do with a layout.
#[derive(Debug, Clone, Subcommand)]
pub enum LayoutCommand {
    /// Print the tab that is shown as a layout; directories count from this one
    Export {
        /// Another tab, by number or name
        tab: Option<String>,
        /// All tabs
        #[arg(long, conflicts_with = "tab")]
        all: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
    /// Open all of a layout, beside what is open
    Apply {
        /// The file; `-` reads standard input
        file: PathBuf,
        /// Only say what would be opened
        #[arg(long)]
        dry_run: bool,
        /// How it is printed
        #[command(flatten)]
        json: Json,
    },
}

/// What an agent needs in files of your own, and gets at your command only.
#[derive(Debug, Clone, Subcommand)]
pub enum IntegrationsCommand {
    /// Add homing's hooks to the agent's settings: the change is shown first, a copy of the file is kept
    Install {
        /// Which agent (gemini)
        provider: String,
        /// Write without asking
        #[arg(long)]
        yes: bool,
    },
    /// Take homing's hooks out again; everything else stays
    Uninstall {
        /// Which agent (gemini)
        provider: String,
        /// Write without asking
        #[arg(long)]
        yes: bool,
    },
    /// Tell whether they are there
    Status {
        /// Which agent (gemini)
        provider: String,
    },
}

/// What to look at in the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Where the file is
    Path,
    /// A file with all defaults and their explanations
    Default,
    /// What is wrong with the file
    Check,
}
