//go:build linux

package campaign

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
)

// arrivals notes when each registry was asked, as its server saw it.
type arrivals struct {
	mu    sync.Mutex
	times map[string][]time.Time // by TLD; guarded by mu
}

func (a *arrivals) told(by lab.Teller, name []byte) {
	if by != lab.TellerRDAP {
		return
	}
	now := time.Now()
	tld := string(name[bytes.LastIndexByte(name, '.')+1:])
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times[tld] = append(a.times[tld], now)
}

// operators are registries with limits of every kind.
func rateOperators(n int) map[string]vacant.Limit {
	rates := []float64{0.5, 1, 2, 5, 10, 20, 30, 50, 100, 200}
	list := make(map[string]vacant.Limit, n)
	for i := range n {
		l := vacant.Limit{PerSecond: rates[i%len(rates)]}
		switch {
		case i == 0:
			l.PerSecond = 500
		case i%7 == 3:
			l.Count, l.Span = int(4*l.PerSecond)+3, time.Minute
		case i%11 == 5:
			l.PerDay = int(5*l.PerSecond) + 4
		}
		list[fmt.Sprintf("q%c%c", 'a'+i/26, 'a'+i%26)] = l
	}
	return list
}

// TestRates has three processes on three stores hunt at fifty registries with
// limits of their own. One is killed again and again. No registry is asked more in
// any span than it allows; with RATES (seconds) set, at least 95 % of what all
// allow together is used.
func TestRates(t *testing.T) {
	lasts := time.Duration(number(t, "RATES", 8)) * time.Second
	limits := rateOperators(50)
	seen := &arrivals{times: make(map[string][]time.Time)}
	tlds := make([]string, 0, len(limits))
	for tld := range limits {
		tlds = append(tlds, tld)
	}
	slices.Sort(tlds)
	w := newWorld(t, lab.Config{TLDs: tlds, Density: 0.3, Limit: -1, Watch: seen.told}, nil)
	args := []string{"--no-whois", "--deadline", lasts.String(), "-q"}
	for _, tld := range tlds {
		args = append(args, rateFlags(t, w.lab.RDAPBase(tld), limits[tld])...)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for i := range 3 {
		w.writeNames(t, i, limits, lasts)
		wg.Go(func() {
			for round := 0; time.Since(began) < lasts; round++ {
				s := session{args: slices.Concat([]string{"hunt", "-l", fmt.Sprintf("names%d.txt", i), "--db", fmt.Sprintf("p%d.db", i)}, args)}
				if i == 0 {
					s.signal, s.after = syscall.SIGKILL, lasts/3
				}
				e := w.run(t, s)
				if strings.Contains(e.stderr, "not shared") {
					t.Log(e.stderr)
				}
				if i != 0 || !e.hit {
					break
				}
			}
		})
	}
	wg.Wait()
	seen.report(t, limits, began.Add(2*time.Second), began.Add(lasts-500*time.Millisecond))
}

// rateFlags are the flags that give a registry its limit.
func rateFlags(t *testing.T, base string, l vacant.Limit) []string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--rdap-rate", fmt.Sprintf("%s=%g", u.Host, l.PerSecond)}
	if l.Count > 0 {
		flags = append(flags, "--rdap-rate", fmt.Sprintf("%s=%d/%s", u.Host, l.Count, l.Span))
	}
	if l.PerDay > 0 {
		flags = append(flags, "--rdap-rate", fmt.Sprintf("%s=%d/24h", u.Host, l.PerDay))
	}
	return flags
}

// writeNames writes the list of a process: for each registry as many names as it
// could ever be asked about, the fast ones' among all others.
func (w *world) writeNames(t *testing.T, process int, limits map[string]vacant.Limit, lasts time.Duration) {
	t.Helper()
	var b strings.Builder
	for step := range 10 {
		for tld, l := range limits {
			for k := range int(l.PerSecond*lasts.Seconds()*2/10) + 4 {
				fmt.Fprintf(&b, "n%d-%d-%d.%s\n", process, step, k, tld)
			}
		}
	}
	if err := os.WriteFile(w.path(fmt.Sprintf("names%d.txt", process)), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// report holds what the servers saw against the limits.
func (a *arrivals) report(t *testing.T, limits map[string]vacant.Limit, from, to time.Time) {
	t.Helper()
	used, could, above, asked := 0.0, 0.0, 0, 0
	for tld, l := range limits {
		times := a.times[tld]
		slices.SortFunc(times, time.Time.Compare)
		asked += len(times)
		for _, s := range spansOfLimit(l) {
			if n := busiest(times, s.length); n > s.most {
				above++
				t.Errorf("%s, which allows %v: asked %d times in %v", tld, l, n, s.length)
			}
		}
		n, most := 0.0, l.PerSecond*to.Sub(from).Seconds()
		for _, at := range times {
			if at.After(from) && at.Before(to) {
				n++
			}
		}
		if l.Count > 0 || l.PerDay > 0 { // used up, and then waited for
			n, most = float64(len(times)), min(float64(max(l.Count, l.PerDay)), l.PerSecond*to.Sub(from).Seconds())
			n = min(n, most)
		}
		used, could = used+n, could+most
	}
	share := used / could
	t.Logf("%d questions, %.1f %% of the limits of %d registries used, %d spans above", asked, 100*share, len(limits), above)
	if os.Getenv("RATES") != "" && share < 0.95 {
		t.Errorf("%.1f %% of the limits used, want 95", 100*share)
	}
}

type spanOfLimit struct {
	most   int
	length time.Duration
}

func spansOfLimit(l vacant.Limit) []spanOfLimit {
	list := []spanOfLimit{{int(l.PerSecond * 60), time.Minute}}
	if l.PerSecond >= 1 {
		list = append(list, spanOfLimit{int(l.PerSecond), time.Second})
	} else {
		list = append(list, spanOfLimit{1, time.Second})
	}
	if l.Count > 0 {
		list = append(list, spanOfLimit{l.Count, l.Span})
	}
	if l.PerDay > 0 {
		list = append(list, spanOfLimit{l.PerDay, vacant.Day})
	}
	return list
}

// busiest returns the most events, sorted, in any span of that length.
func busiest(times []time.Time, length time.Duration) int {
	most, from := 0, 0
	for i, at := range times {
		for at.Sub(times[from]) >= length {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}
