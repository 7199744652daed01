package load

// stage is one part of a payment's life that is measured.
type stage uint8

// The stages, in the order of a payment's life.
const (
	checkout stage = iota
	session
	account
	stored
	execute
	turn
	key
	join
	ready
	hintToVerified
	startToPaid
	startToEnd
	factToTold
	stages // how many there are
)

// stageNames are for expectations and exports; stageTitles for a narrow column.
var (
	stageNames = [stages]string{
		"checkout", "session", "account", "stored", "execute", "turn", "key", "join", "ready",
		"hint_to_verified", "start_to_paid", "start_to_end", "fact_to_told",
	}
	stageTitles = [stages]string{
		"checkout", "session", "account", "stored", "execute", "join turn", "key", "join", "ready",
		"hint>verified", "start>PAID", "start>end", "fact>told",
	}
)

// reading is one measurement.
type reading struct {
	stage  stage
	second int32 // of the run, when it was taken
	took   int64 // microseconds
}
