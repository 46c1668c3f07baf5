//! A layout that somebody wrote down: tabs, panes and what runs in them. Plain data; its text form is `config::plan_text`.

use serde::{Deserialize, Serialize};

use crate::core::session::SHELL;
pub use crate::layout::shape::Shape;
pub use crate::layout::tree::{MAX_DEPTH, MAX_WEIGHT};

/// Tabs to open, in their order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The tabs.
    pub tabs: Vec<TabPlan>,
}

/// A tab to open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TabPlan {
    /// Its name.
    pub name: Option<String>,
    /// Its panes.
    pub panes: Shape<PanePlan>,
}

/// A pane to open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PanePlan {
    /// The kind of agent, or `shell`.
    pub provider: String,
    /// The session's name.
    pub name: Option<String>,
    /// Its directory: in a text relative to the file's, `~` allowed; absolute where it is opened.
    pub dir: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Further arguments for the agent.
    pub args: Vec<String>,
    /// The first prompt.
    pub prompt: Option<String>,
    /// What a shell runs first.
    pub command: Option<String>,
}

impl Default for PanePlan {
    /// A shell.
    fn default() -> Self {
        let provider = SHELL.to_owned();
        Self { provider, name: None, dir: None, model: None, args: Vec::new(), prompt: None, command: None }
    }
}

/// What is opened of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanScope {
    /// What is not open yet.
    Missing,
    /// Everything, beside what is open.
    All,
}
