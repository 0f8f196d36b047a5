# The habits of this project. `just` lists them.

_default:
    @just --list --unsorted

# Everything that must hold before a change is taken
ci:
    .ci/run

# Does it compile?
check:
    cargo check --all-targets

# All tests, or those whose name contains the words
test *words:
    cargo test {{ words }}

# Formats, then lints with warnings denied, docs too
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps

# The demo: the daemon and its vendors in one process, and a page to play with
demo *arguments:
    cargo run -- demo {{ arguments }}

# Makes the generated files anew: the example configuration, the pages of operations and events
generate:
    .ci/generated --write

# One bench, or all: intake, command, notify, startup
bench name="*":
    cargo bench --profile perf --bench '{{ name }}'

# What may be in the tree of dependencies
deny:
    cargo deny check

# Is the systemd unit right, and how exposed is it?
unit:
    .ci/unit

# The image
image tag="quarterdeck":
    docker build -t {{ tag }} .
