CREATE TABLE todos (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    -- A subject is unique only within its issuer, so both say whose todo it is.
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    title   TEXT NOT NULL,
    done    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX todos_by_owner ON todos (issuer, subject);
