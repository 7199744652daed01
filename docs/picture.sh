#!/usr/bin/env bash
# Makes the pictures in README from the running program: demos in tmux, their screens
# captured with colours, drawn by svg-term. Run it after a change to the screen, which takes
# three minutes, and look at the result. It needs Go, Node with npm, and tmux.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
terminal=(tmux -L "tillwatch-picture-$$" -f /dev/null)
trap '"${terminal[@]}" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

go build -o "$work/tillwatch" .
npm install --silent --no-audit --no-fund --prefix "$work" svg-term-cli@2.1.1

# film WIDTH HEIGHT ARGUMENTS starts a demo in a terminal of that size.
film() {
	rm -rf "$work/frames" && mkdir "$work/frames"
	"${terminal[@]}" new-session -d -x "$1" -y "$2" "COLORTERM=truecolor TERM=xterm-256color '$work/tillwatch' demo $3"
}

# press waits, presses keys, and so plays the presenter.
press() {
	sleep "$1"
	shift
	"${terminal[@]}" send-keys "$@"
}

# shot takes frames; a frame's name is its time in the film.
shot() {
	for at in "$@"; do
		"${terminal[@]}" capture-pane -pe >"$work/frames/$at"
	done
}

# draw WIDTH HEIGHT NAME makes the picture of the frames and ends the demo.
draw() {
	"${terminal[@]}" kill-server
	node - "$work/frames" "$1" "$2" >"$work/film.cast" <<'NODE'
const fs = require('fs')
const [dir, width, height] = process.argv.slice(2)
console.log(JSON.stringify({ version: 2, width: +width, height: +height }))
for (const name of fs.readdirSync(dir).sort((a, b) => a - b)) {
	// Unbreakable blanks are drawn as they are, whoever draws the picture.
	const frame = fs.readFileSync(dir + '/' + name, 'utf8').replace(/\n$/, '').replace(/\n/g, '\r\n').replace(/ /g, '\u00a0')
	console.log(JSON.stringify([+name, 'o', '\x1b[H\x1b[2J' + frame + '\x1b[0m']))
}
NODE
	"$work/node_modules/.bin/svg-term" --in "$work/film.cast" --out "docs/$3.svg" --no-cursor --no-optimize --padding 12 --width "$1" --height "$2" ${4:-}
}

# The told story, twice as fast as it happens.
film 100 28 '--script lunch'
for second in $(seq 1 2 121); do
	sleep 2
	shot "$(awk "BEGIN { print $second / 2 }")"
done
draw 100 28 lunch

# The board, with a payment that waits, one that was stopped, and all that ended.
film 100 30 '--seed 11 --speed 6 --rate 0.7'
press 3 N
press 1 m
press 0.5 Enter
press 1 n n n n  # no-prompt
press 0.5 Enter
press 64 g j x
press 1 g
sleep 5
shot 0 1 2 # svg-term draws a still out of the middle of a film
draw 100 30 board '--at 1000'

# What is known of one payment, beside the board.
film 132 38 '--seed 3 --speed 4 --rate 0.4'
press 20 G k k w
sleep 2
shot 0 1 2
draw 132 38 detail '--at 1000'

# A screen on a counter.
film 80 24 '--seed 5 --speed 3 --rate 0.3 --counter'
sleep 25
shot 0 1 2
draw 80 24 counter '--at 1000'
