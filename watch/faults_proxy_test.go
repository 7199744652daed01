//go:build faults

package watch_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// faultProxy is Toxiproxy in a process of its own, with two lines to one sandbox.
type faultProxy struct {
	*testing.T
	api   string
	web   *http.Client
	port  map[string]int // where each line listens
	mu    sync.Mutex
	taken map[string]int // connections that each has accepted
}

// openProxy builds Toxiproxy from the module beside it and has it stand before the sandbox
// until the test ends. The seed is that of its jitter.
func openProxy(t *testing.T, seed uint64, sandbox string) *faultProxy {
	t.Helper()
	program := filepath.Join(t.TempDir(), "toxiproxy")
	build := exec.Command("go", "build", "-C", "testdata/toxiproxy", "-o", program, "github.com/Shopify/toxiproxy/v2/cmd/server")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the fault proxy: %v\n%s", err, out)
	}
	p := &faultProxy{T: t, web: &http.Client{Timeout: time.Minute}, port: map[string]int{}, taken: map[string]int{}}
	port := strconv.Itoa(freePort(t))
	p.api = "http://127.0.0.1:" + port
	cmd := exec.Command(program, "-host", "127.0.0.1", "-port", port, "-seed", strconv.FormatUint(seed>>1, 10))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { p.read(out) })
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		reading.Wait()
		_ = cmd.Wait() // it was killed
	})
	for range 100 {
		if _, err = p.call(http.MethodGet, "/version", nil); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("the fault proxy does not answer: %v", err)
	}
	for _, line := range []string{httpLine, socketLine} {
		p.port[line] = freePort(t)
		p.must(http.MethodPost, "/proxies", map[string]any{
			"name": line, "listen": fmt.Sprintf("127.0.0.1:%d", p.port[line]),
			"upstream": strings.TrimPrefix(sandbox, "http://"), "enabled": true,
		})
	}
	return p
}

// freePort is one that nobody listens on, below those that the system gives to outgoing
// connections: a line that is down for a while must find its port again.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.N(10_000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("there is no free port")
	return 0
}

// read counts connections by the proxy's own log.
func (p *faultProxy) read(log io.Reader) {
	scan := bufio.NewScanner(log)
	for scan.Scan() {
		var entry struct{ Name, Message string }
		if json.Unmarshal(scan.Bytes(), &entry) == nil && entry.Message == "Accepted client" {
			p.mu.Lock()
			p.taken[entry.Name]++
			p.mu.Unlock()
		}
	}
	_, _ = io.Copy(io.Discard, log) // after a line that is too long
}

// accepted is how many connections a line has taken so far.
func (p *faultProxy) accepted(line string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken[line]
}

// env sends the program through both lines.
func (p *faultProxy) env() []string {
	return []string{
		fmt.Sprintf("DOLLR_BASE_URL=http://127.0.0.1:%d", p.port[httpLine]),
		fmt.Sprintf("SUPABASE_URL=http://127.0.0.1:%d", p.port[socketLine]),
	}
}

func (p *faultProxy) call(method, path string, body any) (string, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(method, p.api+path, strings.NewReader(string(encoded)))
	if err != nil {
		return "", err
	}
	resp, err := p.web.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode > 299 {
		err = fmt.Errorf("%s %s: %s %s", method, path, resp.Status, text)
	}
	return string(text), err
}

func (p *faultProxy) must(method, path string, body any) {
	if _, err := p.call(method, path, body); err != nil {
		p.Errorf("the fault proxy: %v", err)
	}
}

// play lets the troubles happen until all have, or ctx ends, and says how many did. The
// lines do not wait for each other.
func (p *faultProxy) play(ctx context.Context, troubles []trouble) (played int) {
	start := time.Now()
	var lines sync.WaitGroup
	for _, line := range []string{httpLine, socketLine} {
		lines.Go(func() {
			for _, f := range troubles {
				if f.line != line || !until(ctx, start.Add(f.from)) {
					continue
				}
				p.begin(f)
				until(ctx, start.Add(f.until)) // else it is over all the same
				p.end(f)
				p.mu.Lock()
				played++
				p.mu.Unlock()
			}
		})
	}
	lines.Wait()
	return played
}

// until waits for a time; it is false when ctx has ended.
func until(ctx context.Context, at time.Time) bool {
	select {
	case <-time.After(time.Until(at)):
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

func (p *faultProxy) begin(f trouble) {
	if f.kind == "down" {
		p.must(http.MethodPost, "/proxies/"+f.line, map[string]any{"enabled": false})
		return
	}
	p.must(http.MethodPost, "/proxies/"+f.line+"/toxics", map[string]any{
		"name": f.kind, "type": f.kind, "stream": f.stream, "attributes": f.how,
	})
}

func (p *faultProxy) end(f trouble) {
	if f.kind == "down" {
		p.must(http.MethodPost, "/proxies/"+f.line, map[string]any{"enabled": true})
		return
	}
	p.must(http.MethodDelete, "/proxies/"+f.line+"/toxics/"+f.kind, nil)
}
