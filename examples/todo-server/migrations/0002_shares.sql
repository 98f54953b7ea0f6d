-- Who may see a todo besides its owner. Without a subject: everybody of the owner's issuer.
CREATE TABLE shares (
    todo_id INTEGER NOT NULL REFERENCES todos (id) ON DELETE CASCADE,
    subject TEXT
);

CREATE UNIQUE INDEX shares_once ON shares (todo_id, coalesce(subject, ''), subject IS NULL);
