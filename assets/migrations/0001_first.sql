-- homing.db, schema 1. A later migration only adds (tables, columns with a default, indexes): a server of the version
-- before may still have the file open while this one upgrades it.
-- Times are milliseconds since the Unix epoch, UTC. Words (status, witness, reasons) are those of `--json`.

CREATE TABLE workspaces (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  active_tab INTEGER,
  last_tab   INTEGER NOT NULL DEFAULT 0     -- the highest tab id ever used: ids are not used again
) STRICT;

-- A row is never deleted. Forgetting empties it and leaves the id, because the ledger names it.
CREATE TABLE sessions (
  id               TEXT PRIMARY KEY NOT NULL,
  workspace        INTEGER NOT NULL REFERENCES workspaces(id),
  provider         TEXT NOT NULL,
  name             TEXT,
  title            TEXT,
  first_message    TEXT,
  cwd              TEXT NOT NULL,
  options          TEXT NOT NULL,            -- JSON of what the user chose at launch
  status           TEXT NOT NULL,
  unseen           INTEGER NOT NULL,
  pid              INTEGER,
  exit_code        INTEGER,
  exit_signal      INTEGER,
  exit_reason      TEXT,
  exit_at          INTEGER,
  task_id          TEXT,
  mcp_session_id   TEXT,
  created_at       INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  busy_ms          INTEGER NOT NULL DEFAULT 0,
  busy_since       INTEGER,
  closed_at        INTEGER,                  -- the user closed it
  forgotten_at     INTEGER                   -- the user had it forgotten
) STRICT;
CREATE INDEX sessions_by_workspace ON sessions (workspace, closed_at);
CREATE INDEX sessions_by_task ON sessions (task_id) WHERE task_id IS NOT NULL;

-- The ledger: which session was on which conversation, when, and what proved it. Rows are closed, never deleted.
CREATE TABLE conversations (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  session      TEXT NOT NULL REFERENCES sessions(id),
  provider     TEXT NOT NULL,
  conversation TEXT NOT NULL,
  witness      TEXT NOT NULL,
  since        INTEGER NOT NULL,
  until        INTEGER,
  end_reason   TEXT,
  spoken       INTEGER NOT NULL,
  CHECK ((until IS NULL) = (end_reason IS NULL))
) STRICT;
-- "One conversation, one live session" and "one live session, one conversation" are the database's rules.
CREATE UNIQUE INDEX conversations_held ON conversations (provider, conversation) WHERE until IS NULL;
CREATE UNIQUE INDEX conversations_current ON conversations (session) WHERE until IS NULL;
CREATE INDEX conversations_by_session ON conversations (session, id);
CREATE INDEX conversations_by_name ON conversations (provider, conversation);

CREATE TABLE tabs (
  workspace INTEGER NOT NULL REFERENCES workspaces(id),
  id        INTEGER NOT NULL,
  position  INTEGER NOT NULL,
  name      TEXT,
  tree      TEXT NOT NULL,                   -- JSON of the split tree
  focus     INTEGER NOT NULL,
  zoomed    INTEGER,
  PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE panes (
  workspace INTEGER NOT NULL REFERENCES workspaces(id),
  id        INTEGER NOT NULL,
  session   TEXT NOT NULL UNIQUE REFERENCES sessions(id),
  PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE screens (
  session  TEXT PRIMARY KEY NOT NULL REFERENCES sessions(id),
  at       INTEGER NOT NULL,
  cols     INTEGER NOT NULL,
  rows     INTEGER NOT NULL,
  snapshot BLOB NOT NULL                     -- lz4, size in front
) STRICT;

CREATE TABLE history (
  session    TEXT NOT NULL REFERENCES sessions(id),
  first_line INTEGER NOT NULL,
  n_lines    INTEGER NOT NULL,
  data       BLOB NOT NULL,
  PRIMARY KEY (session, first_line)
) STRICT;

CREATE TABLE notices (
  workspace INTEGER NOT NULL REFERENCES workspaces(id),
  number    INTEGER NOT NULL,
  session   TEXT REFERENCES sessions(id),
  kind      TEXT NOT NULL,
  text      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  seen_at   INTEGER,
  PRIMARY KEY (workspace, number)
) STRICT;
CREATE INDEX notices_by_session ON notices (session);

-- What a probe of an agent's binary told; asked again when time or size of the file changed.
CREATE TABLE binaries (
  path     TEXT PRIMARY KEY NOT NULL,
  mtime_ms INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  version  TEXT,
  facts    TEXT NOT NULL
) STRICT;

-- Rows that could not be read, as they were.
CREATE TABLE quarantine (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  source_table TEXT NOT NULL,
  row_key      TEXT NOT NULL,
  row          TEXT NOT NULL,                -- JSON of the raw columns
  reason       TEXT NOT NULL,
  UNIQUE (source_table, row_key, row)
) STRICT;
