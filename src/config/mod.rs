//! The user's settings: text → [`Config`] + [`Diagnostic`]s with line and column.
//!
//! Owns the table of options ([`options`]), from which the parser, `config.example.toml` and `homing config default`
//! derive, and the notation of provider rows. Never reads a file and never fails: what cannot be used is reported and
//! its default applies. Imports only `core::command` (the ids of the key table), `core::session` (names of witnesses) and
//! `core::notice` (kinds of notices). Themes are read here too ([`theme`]).

pub mod example;
pub mod excerpt;
mod field;
pub mod keys;
pub mod model;
pub mod options;
pub mod parse;
pub mod plan_text;
pub mod position;
pub mod provider_row;
pub mod suggest;
pub mod theme;

pub use example::example;
pub use model::{
    ClipboardPolicy, ColorChoice, Config, ConfirmClose, Desktop, Glyphs, KeyRow, Mcp, McpRight, Notify, ResumePolicy,
    Sidebar, SidebarSide, Ui, Worktrees,
};
pub use parse::{Diagnostic, parse};
pub use position::Position;
pub use provider_row::{
    Arity, Confidence, FileDialect, FlagRole, FlagRow, HookDialect, PasteStyle, PromptStyle, ProviderEntry,
    ProviderFields, ScreenRule, ShiftEnter, TitleRest, TitleRule,
};
