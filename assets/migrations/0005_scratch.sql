-- homing.db, schema 5: the shell that floats over the tabs.

ALTER TABLE workspaces ADD COLUMN scratch INTEGER;         -- its pane; NULL where there is none
ALTER TABLE workspaces ADD COLUMN scratch_shown INTEGER;   -- whether a client that attaches sees it
