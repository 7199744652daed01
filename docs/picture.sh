#!/usr/bin/env bash
# Makes docs/board.svg, the picture in README, from the running program: a demo in tmux,
# its screen captured with colours and drawn by freeze. Run it after a change to the
# screen and look at the result. It needs Go and tmux.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
terminal=(tmux -L "tillwatch-picture-$$" -f /dev/null)
trap '"${terminal[@]}" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

go build -o "$work/tillwatch" .
# freeze is served by exact version only, so it gets a module of its own.
(cd "$work" && go mod init picture && go get -tool github.com/charmbracelet/freeze@v0.2.2 &&
	go build -o freeze github.com/charmbracelet/freeze) 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

"${terminal[@]}" new-session -d -x 104 -y 30 \
	"COLORTERM=truecolor TERM=xterm-256color '$work/tillwatch' demo --seed 11 --speed 6 --rate 0.7"
# press waits, presses keys, and so plays the presenter.
press() {
	sleep "$1"
	shift
	"${terminal[@]}" send-keys "$@"
}
press 14 g N     # the first customer gets no prompt, and waits
press 66 j x     # a stop, to show what it looks like
press 1 g
press 2 k
sleep 1
"${terminal[@]}" capture-pane -pe >"$work/board.ansi"
"$work/freeze" "$work/board.ansi" -o docs/board.svg --language ansi --window=false --padding 16 --font.size 13
