package watch

// Link says how a watcher hears of its payment just now. It says nothing about the money:
// a lost socket is our trouble, not the customer's.
//
// It is read off the facts, so it has no picture of moves: the first that holds is it.
type Link uint8

// The links, in the order in which they are looked for. The zero Link is Poll.
const (
	Poll Link = iota // asking the status API
	Done             // ended: nothing more will be asked by itself
	Down             // asking has failed since the last answer
	Wait             // a 429 or the budget delays the next read by more than 5 s
	Live             // the channel is ready and its socket speaks
	Join             // the first attempt to join is under way
)

// String is the link's word, e.g. "LIVE".
func (l Link) String() string {
	return wordOf([]string{"POLL", "DONE", "DOWN", "WAIT", "LIVE", "JOIN"}, l)
}
