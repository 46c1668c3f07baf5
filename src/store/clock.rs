//! The wall clock, for what the store dates itself (quarantine, backups, what is forgotten).

use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::Wall;

/// Now; 0 on a machine whose clock stands before 1970.
pub(super) fn now() -> Wall {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall { unix_ms: i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX) }
}
