//go:build scale

package watch_test

import (
	"fmt"
	"strconv"
	"testing"
)

func TestScale_ThousandPaymentsGetTheirVerdicts(t *testing.T) {
	box := openSandbox(t, "--speed", *speed, "--limits", *limits)
	file := box.pay(shares, *payments, *links)
	each := strconv.Itoa(*rate)
	run := box.watch(file, "TILLWATCH_STATUS_RATE="+each, "TILLWATCH_KEY_RATE="+each,
		"TILLWATCH_JOINS_RATE="+strconv.Itoa(*joins), "TILLWATCH_REALTIME_WINDOW="+*window)
	run.judge(*payments)
	run.tell(fmt.Sprintf("%d payments, %s reads and keys/s, %d joins/s, window %s, links %s, sandbox speed %s, limits %s",
		*payments, each, *joins, *window, *links, *speed, *limits))
}

// The rates of a setting that nobody has touched protect Dollr; this is what they cost.
func TestScale_TwoHundredPaymentsWithinTheDefaultRates(t *testing.T) {
	box := openSandbox(t, "--speed", "4")
	run := box.watch(box.pay(shares, 200, "mixed"))
	run.judge(200)
	run.tell("200 payments, default rates, sandbox speed 4")
}
