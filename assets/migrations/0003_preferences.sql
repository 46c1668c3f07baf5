-- homing.db, schema 3: what the user chose by keys.

CREATE TABLE preferences (
  name  TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL,
  over  TEXT NOT NULL                          -- what the settings said then: what they say later wins
) STRICT;
