//! The list of notices, newest first: picked by typing, gone to with Enter, permissions answered without leaving.

use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{Action, DialogKey, Outcome};
use crate::core::notice::NoticeKind;
use crate::id::SessionId;

/// A notice in the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeItem {
    /// The session it is about.
    pub session: SessionId,
    /// What the session is called.
    pub label: String,
    /// What kind of thing it tells.
    pub kind: NoticeKind,
    /// What it says.
    pub text: String,
    /// How long ago.
    pub age: String,
    /// Whether the user has not seen it.
    pub is_unread: bool,
    /// Whether the session still waits for the answer.
    pub is_open: bool,
}

/// The list of notices.
#[derive(Clone, PartialEq, Debug)]
pub struct NoticeList {
    /// The notices, in the order given; `list` refers to them by index.
    pub items: Vec<NoticeItem>,
    /// The list.
    pub list: FilterList,
}

impl NoticeList {
    /// Shows the notices in this order.
    pub fn new(items: Vec<NoticeItem>) -> Self {
        let text = |item: &NoticeItem| format!("{} {} {}", item.label, item.text, item.kind.as_str());
        let list = FilterList::new(items.iter().map(|item| Entry { text: text(item), tier: 0 }).collect());
        Self { items, list }
    }

    /// The selected notice.
    pub fn selected(&self) -> Option<&NoticeItem> {
        self.list.selected().and_then(|index| self.items.get(index))
    }

    /// Enter goes to the session; `Allow` and `Deny` answer a permission that is still asked for.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter => match self.selected() {
                Some(item) => return Outcome::Done(Action::Go(item.session)),
                None => return Outcome::Stay,
            },
            DialogKey::Allow | DialogKey::Deny => {
                let asked = self.selected().filter(|item| item.is_open && item.kind == NoticeKind::Permission);
                let Some(session) = asked.map(|item| item.session) else { return Outcome::Stay };
                let action = if key == DialogKey::Allow { Action::Allow(session) } else { Action::Deny(session) };
                return Outcome::Done(action);
            }
            other => self.list.key(other),
        }
        Outcome::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(n: u8, kind: NoticeKind, is_open: bool) -> NoticeItem {
        NoticeItem {
            session: SessionId::new(u64::from(n), [n; 10]),
            label: format!("session {n}"),
            kind,
            text: "touch x".to_owned(),
            age: "1m".to_owned(),
            is_unread: true,
            is_open,
        }
    }

    #[test]
    fn only_a_permission_that_is_still_asked_for_can_be_answered() {
        let cases = [
            (NoticeKind::Permission, true, true),
            (NoticeKind::Permission, false, false),
            (NoticeKind::Question, true, false),
            (NoticeKind::Done, true, false),
        ];
        for (kind, is_open, answered) in cases {
            let mut list = NoticeList::new(vec![item(1, kind, is_open)]);
            let session = SessionId::new(1, [1; 10]);
            let expected = if answered { Outcome::Done(Action::Allow(session)) } else { Outcome::Stay };
            assert_eq!(list.key(DialogKey::Allow), expected, "{kind:?} {is_open}");
            assert_eq!(list.key(DialogKey::Enter), Outcome::Done(Action::Go(session)));
        }
    }
}
