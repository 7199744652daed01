#!/usr/bin/env bash
# Compares tillwatch with the official Supabase client for JavaScript over the same payments
# of the same sandbox, and prints the figures of docs/performance.md as Markdown:
#
#	docs/compare.sh [PAYMENTS [RUNS [FLAG…]]]    1000 and 5 when left out
#
# Flags are those of sandbox/interop/compare: -rate 20 ends fewer payments a second, -rest 150s
# looks at the memory of processes at rest, -clients tillwatch,plain leaves the others out.
#
# It needs Linux, Go, and Node 20 or newer with npm. Where there is taskset and a second core, the
# client has a core of its own. It fails when a result is missing or wrong, never for a time.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=sandbox/supabase/interop
version=$(node --version 2>/dev/null) || version=v0
if [[ ! -r /proc/self/stat || ${version//[^0-9.]/} != [2-9][0-9].* ]]; then
	echo "docs/compare.sh needs Linux, and Node 20 or newer: node is $version" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm ci --silent --no-fund --no-audit --ignore-scripts --prefix "$packages"
go build -o "$work/tillwatch" .
go build -o "$work/compare" ./sandbox/interop/compare
sync # what was just built must not wait in front of the journal's own writes

# Whoever stamps the lines stays off the client's core: beside the sandbox, or on a third.
pin=() cores=()
if command -v taskset >/dev/null && (($(nproc) > 1)); then
	pin=(taskset -c "$(($(nproc) > 2 ? 2 : 1))")
	cores=(-client-core 0 -server-core 1)
fi
TMPDIR=$work "${pin[@]}" "$work/compare" -program "$work/tillwatch" -theirs "$PWD/sandbox/interop/compare/theirs.mjs" \
	"${cores[@]}" -payments "${1:-1000}" -runs "${2:-5}" "${@:3}"
