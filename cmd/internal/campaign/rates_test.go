//go:build linux

package campaign

import (
	"bytes"
	"fmt"
	"maps"
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
	"vacant/cmd/internal/rig"
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

// rateOperators returns n registries with limits of every kind, by TLD.
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
	lasts := time.Duration(rig.Number(t, "RATES", 8)) * time.Second
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
					s.signal, s.after = syscall.SIGKILL, min(lasts/3, 15*time.Second)
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
	seen.report(t, limits, began, lasts)
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

// startUp and windUp are the ends of a run that the share leaves out: processes
// start, make their controls and, at the end, close what is open. The windows are all of it.
const (
	startUp = 3 * time.Second
	windUp  = 2 * time.Second
)

// report holds what the servers saw against the limits, and prints a row for each kind.
func (a *arrivals) report(t *testing.T, limits map[string]vacant.Limit, began time.Time, lasts time.Duration) {
	t.Helper()
	from, to := began.Add(startUp), began.Add(lasts-windUp)
	used, could, above, asked := 0.0, 0.0, 0, 0
	rows := make(map[string]*rateRow)
	for tld, l := range limits {
		times := a.times[tld]
		slices.SortFunc(times, time.Time.Compare)
		asked += len(times)
		row := rows[l.String()]
		if row == nil {
			row = &rateRow{limit: l}
			rows[l.String()] = row
		}
		row.registries++
		for i, s := range spansOfLimit(l) {
			n := lab.MostIn(times, s.length)
			row.note(i, n, s)
			if n > s.most {
				above++
				t.Errorf("%s, which allows %v: asked %d times in %v", tld, l, n, s.length)
			}
		}
		n, most := usedOf(l, times, from, to)
		row.used, row.could = row.used+n, row.could+most
		used, could = used+n, could+most
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		t.Log(rows[name])
	}
	share := used / could
	t.Logf("%d questions in %v; from %v on to %v before the end %.1f %% of the limits of %d registries used; %d spans above", asked, lasts, startUp, windUp, 100*share, len(limits), above)
	if os.Getenv("RATES") != "" && share < 0.95 {
		t.Errorf("%.1f %% of the limits used, want 95", 100*share)
	}
}

// usedOf returns how many questions of the time between a registry got, and how many
// it allows in that. A day's quota is of the whole run: once it is used up there are no more.
func usedOf(l vacant.Limit, times []time.Time, from, to time.Time) (n, could float64) {
	if all := l.Rate() * to.Sub(from).Seconds(); l.PerDay > 0 && float64(l.PerDay) < all {
		return float64(len(times)), float64(l.PerDay)
	}
	for _, at := range times {
		if at.After(from) && at.Before(to) {
			n++
		}
	}
	could = l.Rate() * to.Sub(from).Seconds()
	return min(n, could), could // what gathered before makes up for nobody else
}

// rateRow is what the registries of one limit came to.
type rateRow struct {
	limit       vacant.Limit
	registries  int
	used, could float64
	busiest     []string // the busiest span of each length, against what it may have
	most        []int
}

func (r *rateRow) note(i, n int, s spanOfLimit) {
	if i == len(r.most) {
		r.most, r.busiest = append(r.most, 0), append(r.busiest, "")
	}
	r.most[i] = max(r.most[i], n)
	r.busiest[i] = fmt.Sprintf("%d of %d in %v", r.most[i], s.most, s.length)
}

func (r *rateRow) String() string {
	return fmt.Sprintf("| %v | %d | %.0f of %.0f, %.1f %% | %s |", r.limit, r.registries, r.used, r.could, 100*r.used/r.could, strings.Join(r.busiest, "; "))
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
		list = append(list, spanOfLimit{1, time.Duration(float64(time.Second) / l.PerSecond)})
	}
	if l.Count > 0 {
		list = append(list, spanOfLimit{l.Count, l.Span})
	}
	if l.PerDay > 0 {
		list = append(list, spanOfLimit{l.PerDay, vacant.Day})
	}
	return list
}
