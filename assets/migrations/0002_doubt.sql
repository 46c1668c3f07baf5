-- homing.db, schema 2: why it is not certain which conversation a session is on, what was seen of it, and agents inside
-- of shells.

ALTER TABLE sessions ADD COLUMN doubt TEXT;    -- JSON; NULL where nothing is in doubt

ALTER TABLE sessions ADD COLUMN guest TEXT;    -- JSON of the agent that runs inside of a shell; NULL where none does

-- The last evidence of each session, for `homing explain`.
CREATE TABLE evidence (
  session TEXT PRIMARY KEY NOT NULL REFERENCES sessions(id),
  log     TEXT NOT NULL                        -- JSON
) STRICT;
