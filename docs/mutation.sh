#!/usr/bin/env bash
# Mutation testing: gremlins changes one place of the code at a time and runs the package's
# tests, which have to notice. `docs/mutation.sh money` is about what decides about money,
# `docs/mutation.sh watching` and `docs/mutation.sh intake` about the rest that is measured.
# It fails when the tests notice fewer than the goal; docs/testing.md has the last numbers.
# Each mutant costs a build and a run of the tests: a part takes 10 to 60 minutes.
set -euo pipefail

cd "$(dirname "$0")/.."
readonly version=v0.6.0
tools=${XDG_CACHE_HOME:-${HOME:?}/.cache}/tillwatch-ci/bin
gremlins=$tools/gremlins
[[ -x $gremlins ]] || GOBIN=$tools go install "github.com/go-gremlins/gremlins/cmd/gremlins@$version"

# mutate PACKAGE GOAL FILE...: the goal is in percent of the mutants that tests cover.
mutate() {
	local package=$1 goal=$2 out=(--exclude-files /) file # no packages below it
	shift 2
	for file in "$package"/*.go; do
		file=${file##*/}
		[[ $file == *_test.go || " $* " == *" $file "* ]] || out+=(--exclude-files "^${file//./\\.}\$")
	done
	"$gremlins" unleash "$package" --invert-logical --workers "${WORKERS:-1}" --timeout-coefficient 10 \
		--threshold-efficacy "$goal" "${out[@]}"
}

for part in "${@:-money}"; do
	case $part in
	money)
		mutate ./watch 95 verdict.go known.go answer.go money.go
		mutate ./watch/dollr 95 fields.go status.go
		;;
	watching) mutate ./watch 85 budget.go queue.go outage.go throttle.go room.go demand.go turn.go plan.go trust.go watcher.go channel.go ;;
	intake)
		cd watch/intake
		files=(*.go)
		cd ../..
		mutate ./watch/intake 85 "${files[@]}"
		;;
	*)
		printf 'usage: %s [money|watching|intake]...\n' "$0" >&2
		exit 2
		;;
	esac
done
