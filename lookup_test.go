package vacant_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vacant"
)

// silentDNS is a DNS server on loopback that reads questions and answers none.
type silentDNS struct {
	conn net.PacketConn

	mu    sync.Mutex
	names map[string]bool // guarded by mu
}

func newSilentDNS(t *testing.T) *silentDNS {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &silentDNS{conn: conn, names: make(map[string]bool)}
	var reading sync.WaitGroup
	reading.Go(d.read)
	t.Cleanup(func() {
		_ = conn.Close()
		reading.Wait()
	})
	return d
}

// read notes the first label of each question: its length is in octet 12.
func (d *silentDNS) read() {
	buf := make([]byte, 512)
	for {
		n, _, err := d.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if n < 13 || n < 13+int(buf[12]) {
			continue
		}
		d.mu.Lock()
		d.names[string(buf[13:13+int(buf[12])])] = true
		d.mu.Unlock()
	}
}

// asked returns how many different names have been asked for.
func (d *silentDNS) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.names)
}

func (d *silentDNS) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "udp", d.conn.LocalAddr().String())
}

// threads returns how many OS threads this process has.
func threads(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nThreads:")
	line, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("no thread count in /proc/self/status: %v", err)
	}
	return n
}

// TestSlowLookupsHoldFewThreads has 5,000 look-ups wait for a server that never
// answers. With libc's resolver the server would not be asked at all, as it
// knows nothing of our dial function, and each look-up would hold a thread.
func TestSlowLookupsHoldFewThreads(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: needs /proc/self/status")
	}
	const lookups, maxThreads = 5000, 50
	server := newSilentDNS(t)
	lookup := vacant.NewLookup(server.dial)
	ctx, cancel := context.WithCancel(t.Context())
	var outstanding, answered atomic.Int64
	var done sync.WaitGroup
	defer done.Wait()
	defer cancel()
	for i := range lookups {
		done.Go(func() {
			outstanding.Add(1)
			defer outstanding.Add(-1)
			if _, err := lookup.Addrs(ctx, fmt.Sprintf("slow-%d.example.", i)); err == nil {
				answered.Add(1)
			}
		})
	}
	most := 0
	ticks := time.NewTicker(2 * time.Millisecond)
	defer ticks.Stop()
	end := time.After(20 * time.Second)
	for server.asked() < vacant.MaxLookups || outstanding.Load() < lookups {
		select {
		case <-ticks.C:
			most = max(most, threads(t))
		case <-end:
			t.Fatalf("%d look-ups outstanding, %d names asked; want %d, %d", outstanding.Load(), server.asked(), lookups, vacant.MaxLookups)
		}
	}
	most = max(most, threads(t))
	if n := outstanding.Load(); n != lookups {
		t.Errorf("%d look-ups outstanding, want %d", n, lookups)
	}
	if n := server.asked(); n != vacant.MaxLookups {
		t.Errorf("%d names asked at once, want at most %d", n, vacant.MaxLookups)
	}
	if most >= maxThreads {
		t.Errorf("%d threads with %d look-ups outstanding, want under %d", most, lookups, maxThreads)
	}
	t.Logf("%d threads with %d look-ups outstanding", most, lookups)
	checkLiteral(t, lookup)
	cancel()
	done.Wait()
	if n := answered.Load(); n != 0 {
		t.Errorf("%d look-ups succeeded with no answer given", n)
	}
}

// checkLiteral asks for addresses while all slots are taken: they need none.
func checkLiteral(t *testing.T, lookup *vacant.Lookup) {
	t.Helper()
	for _, host := range []string{"192.0.2.1", "2001:db8::1"} {
		addrs, err := lookup.Addrs(t.Context(), host)
		if err != nil || len(addrs) != 1 || addrs[0].String() != host {
			t.Errorf("Addrs(%q) = %v, %v", host, addrs, err)
		}
	}
}

func TestLookupGivesUpWithItsContext(t *testing.T) {
	server := newSilentDNS(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := vacant.NewLookup(server.dial).Addrs(ctx, "slow.example."); err == nil {
		t.Error("a look-up without an answer succeeded")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("it ended before its context did: %v", ctx.Err())
	}
}
