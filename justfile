# Shortcuts. `just ci` is everything that must hold.

default: test

run:
    cargo run -p todo-server

test:
    cargo test --workspace

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Accept the compile errors as they are now. Read the diff.
bless:
    TRYBUILD=overwrite cargo test -p mcp-guard-tests --test ui

bench:
    cargo bench -p mcp-guard --bench parts
    cargo bench -p mcp-guard --bench load

# Licences, bans, sources and advisories of the dependencies.
deny:
    .ci/deny

fuzz seconds="60":
    fuzz/run {{seconds}}

ci:
    .ci/run
