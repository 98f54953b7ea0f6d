# Shortcuts. `just ci` runs every check.

default: test

run:
    cargo run -p todo-server

test:
    cargo test --workspace

# Formatting, spelling, unused dependencies and clippy, including the fuzz crate.
lint:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    PATH="$(.ci/tools typos):$PATH" typos
    PATH="$(.ci/tools cargo-machete):$PATH" cargo machete
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    fuzz/lint

# Clippy for the combinations of mcp-guard's features.
features:
    .ci/features

# Accepts the compile errors and macro expansions of this checkout. Read the diff before you commit it.
bless:
    TRYBUILD=overwrite cargo test -p mcp-guard-tests --test ui
    MCP_GUARD_SNAPSHOTS=overwrite cargo test -p mcp-guard-macros --lib

bench:
    cargo bench -p mcp-guard --bench parts
    cargo bench -p mcp-guard --bench load

# Licenses, bans, sources and advisories of the dependencies.
deny:
    .ci/deny

fuzz seconds="60":
    fuzz/run {{seconds}}

ci:
    .ci/run
