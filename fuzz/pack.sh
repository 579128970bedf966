#!/usr/bin/env bash
# Packs what fuzzing found for tests/fuzz_corpus.rs: a minimised corpus for each named target (all without a name), and
# every input that ever failed.
set -euo pipefail
cd "$(dirname "$0")"

data=../tests/data/fuzz
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list --fuzz-dir .)
mkdir -p "$data/failed"
for target in "${targets[@]}"; do
    # The binary that run.sh built; what fails on the way is left out.
    rm -rf "work/min/$target"
    mkdir -p "work/min/$target"
    nice -n 19 "work/bin/$target" -merge=1 -artifact_prefix=work/ -max_len=1048576 -timeout=60 "work/min/$target" "corpus/$target" >"work/$target.merge" 2>&1
    nice -n 19 cargo run --quiet --release --target-dir "${CARGO_TARGET_DIR:-$PWD/target}" --example pack -- "$target" "work/min/$target"
    find "artifacts/$target" -type f -not -name "slow-unit-*" 2>/dev/null | while read -r input; do
        cp "$input" "$data/failed/$target-$(basename "$input")"
    done
done
