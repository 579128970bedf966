#!/usr/bin/env bash
# Fuzzes each named target (all without a name) until it has used MINUTES of processor time, 30 unless told, and prints
# a line for each. Can be stopped and started again: what was used and found stays in fuzz/work and fuzz/corpus.
# Needs the nightly toolchain and cargo-fuzz. JOBS targets run at once.
set -euo pipefail
cd "$(dirname "$0")"

minutes=${MINUTES:-30}
jobs=${JOBS:-1}
# Of one process; short, so that little is lost when it is stopped. It may be paused for long: the timeout is of the clock, and what
# a call may take is checked in processor time.
round_s=${ROUND:-300}
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list --fuzz-dir .)
mkdir -p work/bin
host=$(rustc -vV | sed -n 's/^host: //p')
target_dir=${CARGO_TARGET_DIR:-$PWD/target}

build() {
    # Without a sanitizer: the crate has no unsafe code, and a sanitizer halves the speed. Without traced comparisons,
    # which cost three quarters of it: the dictionaries have the words.
    # Debug assertions and overflow checks are on.
    nice -n 19 cargo +nightly fuzz build --fuzz-dir . --target-dir "$target_dir" --sanitizer none --no-trace-compares "$1"
    # A copy, so that another build does not change what runs.
    cp "$target_dir/$host/release/$1" "work/bin/$1"
}

# The greatest value of KEY=VALUE in the logs of a target.
greatest() {
    sed -n "s/^worst: .*$2=\([0-9]*\).*/\1/p" "work/$1".*.log 2>/dev/null | sort -n | tail -1
}

report() {
    local target=$1 log
    log=$(ls -t "work/$target".*.log | head -1)
    printf '%s: %s CPU seconds, %s executions, corpus %s, coverage %s, crashes %s, worst call %s us and %s bytes\n' "$target" \
        "$(cat "work/$target.cpu")" "$(cat "work/$target.runs")" "$(find "corpus/$target" -type f | wc -l)" \
        "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)" "$(find "artifacts/$target" -type f -not -name 'slow-unit-*' | wc -l)" \
        "$(greatest "$target" cpu_us)" "$(greatest "$target" heap_bytes)"
}

campaign() {
    local target=$1 limit=$((minutes * 60)) dictionary=dictionaries/prox.dict used runs log status left round
    [ -f "dictionaries/$target.dict" ] && dictionary=dictionaries/$target.dict
    mkdir -p "corpus/$target" "artifacts/$target"
    [ -f "work/$target.cpu" ] || { echo 0 >"work/$target.cpu"; echo 0 >"work/$target.runs"; }
    while used=$(cat "work/$target.cpu"); left=$(echo "$limit - $used" | bc); [ "$(echo "$left > 0" | bc)" = 1 ]; do
        round=$(echo "r = $left / 1 + 1; if (r < $round_s) r else $round_s" | bc)
        log=work/$target.$(date +%s).log
        status=0
        /usr/bin/time -f '%U %S' -o "work/$target.time" nice -n 19 "work/bin/$target" "corpus/$target" \
            -dict="$dictionary" -artifact_prefix="artifacts/$target/" -max_total_time="$round" -max_len=1048576 -len_control=0 \
            -entropic_scale_per_exec_time=1 -timeout=1200 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1 || status=$?
        tail -1 "work/$target.time" | awk -v used="$used" '{ print used + $1 + $2 }' >"work/$target.cpu"
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        [ -n "$runs" ] || runs=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -1)
        echo $(($(cat "work/$target.runs") + ${runs:-0})) >"work/$target.runs"
        if [ $status -ne 0 ]; then
            echo "$target: stopped with status $status; see fuzz/$log and fuzz/artifacts/$target"
            report "$target"
            return 1
        fi
    done
    report "$target"
}

for target in "${targets[@]}"; do build "$target"; done
nice -n 19 cargo run --quiet --target-dir "$target_dir" --example seed

export -f campaign report greatest
export minutes round_s
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -euo pipefail -c 'campaign {}'
