-- homing.db, schema 2: why it is not certain which conversation a session is on, and what was seen of it.

ALTER TABLE sessions ADD COLUMN doubt TEXT;    -- JSON; NULL where nothing is in doubt

-- The last evidence of each session, for `homing explain`.
CREATE TABLE evidence (
  session TEXT PRIMARY KEY NOT NULL REFERENCES sessions(id),
  log     TEXT NOT NULL                        -- JSON
) STRICT;
