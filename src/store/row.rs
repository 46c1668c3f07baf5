//! Rows of unknown soundness: what can be read of one, and what is wrong with the rest.

use std::num::NonZeroU32;

use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use crate::core::ledger::{ClaimEnd, LedgerEntry};
use crate::core::session::{Claim, Doubt, EndReason, Exit, Guest, LaunchOptions, Session, Status, Witness};
use crate::id::{ConversationId, ProviderName, SessionId};
use crate::time::Wall;

/// The witness of an entry whose own cannot be read.
const WEAKEST: Witness = Witness::Farewell;

/// The columns of [`session`], from `sessions AS s LEFT JOIN conversations AS c` ([`SESSION_FROM`]).
pub(super) const SESSION_COLUMNS: &str = "s.id, s.provider, s.name, s.title, s.first_message, s.cwd, s.options, s.status, \
     s.unseen, s.pid, s.exit_code, s.exit_signal, s.exit_reason, s.exit_at, s.task_id, s.mcp_session_id, s.created_at, \
     s.last_activity_at, s.doubt, s.guest, s.pin, c.conversation, c.witness, c.since, c.spoken";

/// Those of them that come from the ledger.
const CLAIM_COLUMNS: [&str; 4] = ["conversation", "witness", "since", "spoken"];

/// Joins a session with its open entry of the ledger; where it was closed, with the one that was open then.
pub(super) const SESSION_FROM: &str = "sessions AS s LEFT JOIN conversations AS c ON c.id = (\
     SELECT l.id FROM conversations AS l WHERE l.session = s.id AND (l.until IS NULL OR \
     (s.closed_at IS NOT NULL AND l.end_reason = 'closed' AND l.until >= s.closed_at)) ORDER BY l.id DESC LIMIT 1)";

/// A number type that not every integer of SQLite fits.
pub(super) trait FromInteger: Sized {
    /// The number, if it fits.
    fn from_integer(integer: i64) -> Option<Self>;
}

macro_rules! from_integer {
    ($($number:ty),+) => {
        $(impl FromInteger for $number {
            fn from_integer(integer: i64) -> Option<Self> {
                Self::try_from(integer).ok()
            }
        })+
    };
}
from_integer!(u16, i32, u32, i64, u64);

impl FromInteger for NonZeroU32 {
    fn from_integer(integer: i64) -> Option<Self> {
        u32::try_from(integer).ok().and_then(Self::new)
    }
}

/// A row under reading; collects what is wrong with it.
pub(super) struct Reading<'r> {
    row: &'r Row<'r>,
    damage: Vec<String>,
}

impl<'r> Reading<'r> {
    pub(super) fn new(row: &'r Row<'r>) -> Self {
        Self { row, damage: Vec::new() }
    }

    /// What is wrong with the columns read so far, in words; `None` if nothing is.
    pub(super) fn damage(&self) -> Option<String> {
        (!self.damage.is_empty()).then(|| self.damage.join(", "))
    }

    fn report<T>(&mut self, column: &str, what: &str) -> Option<T> {
        self.damage.push(format!("{column} {what}"));
        None
    }

    /// The text of a column that may be NULL.
    pub(super) fn optional_text(&mut self, column: &str) -> Option<String> {
        match self.row.get_ref(column) {
            Ok(ValueRef::Null) => None,
            Ok(ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
                Ok(text) => Some(text.to_owned()),
                Err(_) => self.report(column, "is not UTF-8"),
            },
            _ => self.report(column, "is not text"),
        }
    }

    /// The number in a column that may be NULL, if it fits the type.
    pub(super) fn optional_number<N: FromInteger>(&mut self, column: &str) -> Option<N> {
        match self.row.get_ref(column) {
            Ok(ValueRef::Null) => None,
            Ok(ValueRef::Integer(number)) => match N::from_integer(number) {
                Some(number) => Some(number),
                None => self.report(column, "is out of range"),
            },
            _ => self.report(column, "is not a number"),
        }
    }

    /// The text of a column that must have one.
    pub(super) fn text(&mut self, column: &str) -> Option<String> {
        let n_reported = self.damage.len();
        let text = self.optional_text(column);
        if text.is_none() && self.damage.len() == n_reported {
            return self.report(column, "is missing");
        }
        text
    }

    /// The number in a column that must have one.
    pub(super) fn number<N: FromInteger>(&mut self, column: &str) -> Option<N> {
        let n_reported = self.damage.len();
        let number = self.optional_number(column);
        if number.is_none() && self.damage.len() == n_reported {
            return self.report(column, "is missing");
        }
        number
    }

    /// The bytes of a column that must have some.
    pub(super) fn bytes(&mut self, column: &str) -> Option<Vec<u8>> {
        match self.row.get_ref(column) {
            Ok(ValueRef::Blob(bytes)) => Some(bytes.to_vec()),
            _ => self.report(column, "is not a blob"),
        }
    }

    /// The bytes that `packed` (lz4, size in front), read from the column, holds, if they are at most `bytes_max`.
    pub(super) fn unpacked(&mut self, column: &str, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        // The size is checked first: a damaged one would have gigabytes allocated.
        let size = packed.first_chunk::<4>().map(|size| u32::from_le_bytes(*size));
        if size.is_none_or(|size| size as usize > bytes_max) {
            return self.report(column, "has no plausible size");
        }
        match lz4_flex::decompress_size_prepended(packed) {
            Ok(bytes) => Some(bytes),
            Err(_) => self.report(column, "cannot be unpacked"),
        }
    }

    /// What the text of a column means.
    pub(super) fn meaning<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(column)?;
        match read(&text) {
            Some(value) => Some(value),
            None => self.report(column, "is not understood"),
        }
    }

    /// What the text of a column that may be NULL means.
    pub(super) fn optional_meaning<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.optional_text(column)?;
        match read(&text) {
            Some(value) => Some(value),
            None => self.report(column, "is not understood"),
        }
    }

    /// The time in a column that must have one.
    pub(super) fn time(&mut self, column: &str) -> Option<Wall> {
        self.number(column).map(|unix_ms| Wall { unix_ms })
    }
}

/// The session of a row of [`SESSION_COLUMNS`]. `None` if its id, provider or directory cannot be read: without these
/// there is nothing to bring back. Any other column falls back to a neutral value.
pub(super) fn session(reading: &mut Reading<'_>) -> Option<Session> {
    let id = reading.meaning("id", |text| text.parse::<SessionId>().ok());
    let provider = reading.text("provider");
    let cwd = reading.text("cwd");
    let exit = exit(reading);
    let created_at = reading.time("created_at");
    Some(Session {
        id: id?,
        provider: ProviderName::new(&provider?),
        name: reading.optional_text("name"),
        title: reading.optional_text("title"),
        first_message: reading.optional_text("first_message"),
        cwd: cwd?,
        options: reading
            .meaning("options", |text| serde_json::from_str::<LaunchOptions>(text).ok())
            .unwrap_or_default(),
        status: reading.meaning("status", Status::from_word).unwrap_or(Status::Starting),
        unseen: reading.number::<i64>("unseen").unwrap_or(0) != 0,
        claim: claim(reading),
        pin: reading.optional_number("pin"),
        guest: reading.optional_meaning("guest", |text| serde_json::from_str::<Guest>(text).ok()),
        doubt: reading.optional_meaning("doubt", |text| serde_json::from_str::<Doubt>(text).ok()),
        pid: reading.optional_number("pid"),
        exit,
        task_id: reading.optional_text("task_id"),
        mcp_session_id: reading.optional_text("mcp_session_id"),
        created_at: created_at.unwrap_or_default(),
        last_activity_at: reading.time("last_activity_at").or(created_at).unwrap_or_default(),
    })
}

/// An id is worth keeping even where the other columns of its entry are damaged; its witness is then the weakest.
fn claim(reading: &mut Reading<'_>) -> Option<Claim> {
    let conversation = reading.optional_text("conversation")?;
    Some(Claim {
        conversation: ConversationId::new(&conversation),
        witness: reading.meaning("witness", Witness::from_word).unwrap_or(WEAKEST),
        since: reading.time("since").unwrap_or_default(),
        spoken: reading.number::<i64>("spoken").unwrap_or(0) != 0,
    })
}

fn exit(reading: &mut Reading<'_>) -> Option<Exit> {
    let reason = reading.optional_meaning("exit_reason", EndReason::from_word)?;
    Some(Exit {
        code: reading.optional_number("exit_code"),
        signal: reading.optional_number("exit_signal"),
        reason,
        at: reading.time("exit_at").unwrap_or_default(),
    })
}

/// The ledger entry of a row of `conversations`; as for [`session`], its ids are what counts.
pub(super) fn ledger_entry(reading: &mut Reading<'_>) -> Option<LedgerEntry> {
    let session = reading.meaning("session", |text| text.parse::<SessionId>().ok());
    let provider = reading.text("provider");
    let conversation = reading.text("conversation");
    let until = reading.optional_number("until").map(|unix_ms| Wall { unix_ms });
    let reason = reading.optional_meaning("end_reason", ClaimEnd::from_word);
    Some(LedgerEntry {
        session: session?,
        provider: ProviderName::new(&provider?),
        conversation: ConversationId::new(&conversation?),
        witness: reading.meaning("witness", Witness::from_word).unwrap_or(WEAKEST),
        since: reading.time("since").unwrap_or_default(),
        ended: until.map(|until| (until, reason.unwrap_or(ClaimEnd::Moved))),
        spoken: reading.number::<i64>("spoken").unwrap_or(0) != 0,
    })
}

/// The row as it is, as JSON: text as text (bad UTF-8 replaced), blobs as their length. Columns joined from the ledger are
/// left out: the ledger keeps its entries.
pub(super) fn raw_json(row: &Row<'_>, table: &str) -> String {
    let statement: &rusqlite::Statement<'_> = row.as_ref();
    let mut raw = Map::new();
    for (index, name) in statement.column_names().enumerate() {
        let value = match row.get_ref(index) {
            Ok(ValueRef::Null) | Err(_) => Value::Null,
            Ok(ValueRef::Integer(number)) => Value::from(number),
            Ok(ValueRef::Real(number)) => Value::from(number),
            Ok(ValueRef::Text(bytes)) => Value::from(String::from_utf8_lossy(bytes).into_owned()),
            Ok(ValueRef::Blob(bytes)) => Value::from(format!("{} bytes", bytes.len())),
        };
        if table != "sessions" || !CLAIM_COLUMNS.contains(&name) {
            raw.insert(name.to_owned(), value);
        }
    }
    Value::Object(raw).to_string()
}
