#!/usr/bin/env bash
# Peak memory of backups of volumes that are not on disk (`image_bench synthetic`): sparse 100 GiB and 1 TiB, of which
# every 64th and every 512th segment of 4 MiB is there. Writes BENCH_OUT, else docs/benchmarks/memory.md.
# Not for speed. Invariant: fails when a backup takes 512 MiB or more, the aim of DESIGN section 10.
. "$(dirname "$0")/../tools/common.sh"
cd "$ROOT"
binary=${BENCH_BINARY:-$CARGO_TARGET_DIR/release/examples/image_bench}
out=${BENCH_OUT:-docs/benchmarks/memory.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
    echo "# Memory of a backup"
    echo
    echo "\`tests/bench/memory.sh\` (part of \`make bench\`), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), MALLOC_ARENA_MAX=2. Aim: below 512 MiB."
    echo
    echo "| volume GiB | one segment in | stored GiB | wall s | peak MiB (VmHWM) |"
    echo "|---|---|---|---|---|"
    for pair in "100 64" "1024 512"; do
        read -r size every <<<"$pair"
        line=$(MALLOC_ARENA_MAX=2 "$binary" synthetic "$size" "$work/v$size" "$every")
        python3 - "$size" "$every" "$line" <<'PY'
import json, sys

size, every, line = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
peak = int(line["peak_memory"].split()[0]) / 1024
print(f"| {size} | {every} | {line['bytes_read'] / 2**30:.2f} | {line['seconds']:.1f} | {peak:.0f} |")
if peak >= 512:
    sys.exit(f"{size} GiB took {peak:.0f} MiB")
PY
    done
} >"$work/report.md"
mv "$work/report.md" "$out"
