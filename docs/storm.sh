#!/usr/bin/env bash
# Lets payments arrive through a storm and holds every result against the truth:
#
#	docs/storm.sh [PAYMENTS [SEED [RATE]]]    10000, 1 and 150 a second when left out
#
# One payment in ten has a broken link, and the faults of the whole sandbox come and go as the seed
# has it, with calm between. It fails when a result is wrong, or when one is missing in the end:
# nothing that was handed over may be lost. It needs Go and curl.
set -euo pipefail
cd "$(dirname "$0")/.."
payments=${1:-10000} RANDOM=${2:-1} seed=${2:-1} rate=${3:-150}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
go build -o "$work/tillwatch" .

mkfifo "$work/env"
: >"$work/weather"
"$work/tillwatch" sandbox --addr 127.0.0.1:0 --print-env --seed "$seed" --speed 4 --links mixed --limits none >"$work/env" &
read -r line <"$work/env"
eval "$line"
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config

# Names and how many seconds they last; those of 0 happen once.
faults=(errors:12 throttle:8 unreachable:9 hang:9 slow:10 deaf:15 refuse:10 stall-joins:10 restart:6 freeze:8
	dead-keys:10 revoke:0 cut:0 reload:0 crash:0 resubscribe:0)
weather() {
	local fault seconds
	while sleep $((5 + RANDOM % 8)); do
		IFS=: read -r fault seconds <<<"${faults[RANDOM % ${#faults[@]}]}"
		printf '%(%H:%M:%S)T %s\n' -1 "$fault" >>"$work/weather"
		curl -sf -o "$work/answer" -H 'Content-Type: application/json' \
			-d "{\"fault\":\"$fault\",\"seconds\":$seconds}" "$DOLLR_BASE_URL/sandbox/faults" || return
		sleep "$seconds"
	done
}
weather &

code=0
"$work/tillwatch" load --base-url "$DOLLR_BASE_URL" --plain --rate "$rate" --payments "$payments" --seed "$seed" \
	--status-rate 2000 --key-rate 2000 --joins-rate 1000 \
	--expect wrong==0 --expect open==0 --expect check==0 --expect stopped==0 >"$work/run" || code=$?
printf '%s faults: %s\n' "$(wc -l <"$work/weather")" "$(cut -d' ' -f2 "$work/weather" | sort | uniq -c | awk '{printf "%s %s  ", $2, $1}')"
grep -A60 '^tillwatch load' "$work/run" || tail -40 "$work/run"
exit "$code"
