package ask

import (
	"errors"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"vacant/rdapstage/rdaptest"
)

// TestABombCostsNoMemory reads 700 MB that came as 713 KB, and holds the peak of
// the whole process against what it had before.
func TestABombCostsNoMemory(t *testing.T) {
	const most = 32 << 20
	bomb := rdaptest.Bomb(700)
	srv := rdaptest.Raw(t, rdaptest.Octets(head("404 Not Found", "Content-Encoding: gzip")+string(bomb)))
	a, base := newAsker(t, Config{}), mustURL(t, "http://"+srv.Addr())
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // the peak counts anew
		t.Skipf("SKIPPED: needs /proc/self/clear_refs: %v", err)
	}
	before := memory(t, "VmRSS")
	if _, err := a.Domain(within(t, 10*time.Second), base, "x.test", true); !errors.Is(err, ErrTooLong) {
		t.Errorf("%v", err)
	}
	grown := memory(t, "VmHWM") - before
	t.Logf("%d octets on the wire, at most %d KiB more in memory", len(bomb), grown>>10)
	if grown > most {
		t.Errorf("the peak grew by %d MiB", grown>>20)
	}
}

// memory reads a line of /proc/self/status, in octets.
func memory(t *testing.T, field string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(field + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Skipf("SKIPPED: needs %s in /proc/self/status", field)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n << 10
}
