-- homing.db, schema 4: sessions that stand above all others in the sidebar.

ALTER TABLE sessions ADD COLUMN pin INTEGER;   -- the lower, the higher it stands; NULL where it is not pinned
