package dnsstage

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

// adapts runs names, one in nx of them absent, through a stage on the servers
// for a while, and calls look with what was seen.
func adapts(t *testing.T, cfg Config, servers map[string]*cappedServer, nx int, during time.Duration, look func(*testing.T, *Stage, map[vacant.Status]int)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := newCappedNet(servers)
		cfg.Authority = make(map[string][]netip.AddrPort)
		for _, addr := range slices.Sorted(maps.Keys(servers)) {
			cfg.Authority["com"] = append(cfg.Authority["com"], addrPort(addr))
		}
		cfg.Seed = 5
		cfg = cfg.withDefaults()
		s := newStage(cfg, &cappedPipe{net: n, room: cfg.Inflight}, &cappedPipe{net: n, room: 1000, tcp: true})
		defer closeStage(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), during)
		defer cancel()
		look(t, s, driveNames(ctx, t, s, nx))
	})
}

// driveNames feeds names until ctx ends and counts how they ended.
func driveNames(ctx context.Context, t *testing.T, s *Stage, nx int) map[vacant.Status]int {
	t.Helper()
	in, out, done := make(chan *vacant.Batch), make(chan *vacant.Batch), make(chan error, 1)
	go func() { done <- s.Run(ctx, in, out); close(out) }()
	free := make(chan *vacant.Batch, 128)
	for range cap(free) {
		free <- &vacant.Batch{}
	}
	go func() {
		name, k := []byte(nil), 0
		for ctx.Err() == nil {
			b := <-free
			b.Reset()
			for range vacant.BatchSize {
				name = append(name[:0], 'n')
				if nx > 0 && k%nx == 0 {
					name[0] = 'x'
				}
				name = append(strconv.AppendInt(name, int64(k), 10), ".com"...)
				b.Append(name, 0)
				k++
			}
			select {
			case in <- b:
			case <-ctx.Done():
			}
		}
	}()
	got := make(map[vacant.Status]int)
	for b := range out {
		for i := range b.Answers {
			got[b.Answers[i].Status]++
		}
		free <- b
	}
	if err := <-done; err != nil && !errors.Is(err, ctx.Err()) {
		t.Error(err)
	}
	return got
}

// fairShare and fewDrops are what is asked of the search: nearly all that the
// servers take, and hardly a query that they do not.
const (
	fairShare  = 0.85
	fewDrops   = 0.02
	longReturn = 30 * time.Second
	settling   = 20 * time.Second // until then a last step may be too high

	// Behind a line that loses queries, whose a loss is has to be found out by
	// asking more and less: that costs some more of them.
	lossyDrops = 0.10
)

// settledWell checks what became of the queries to servers that take so many in
// all, from one time to another.
func settledWell(t *testing.T, takes float64, from, to time.Duration, servers ...*cappedServer) {
	t.Helper()
	var sum tally
	for _, s := range servers {
		x := s.between(from, to)
		sum.asked += x.asked
		sum.served += x.served
		sum.dropped += x.dropped
	}
	served := float64(sum.served) / (to - from).Seconds()
	drops := float64(sum.dropped) / float64(max(sum.asked, 1))
	t.Logf("from %v to %v: %.0f answers/s of %.0f, %.2f %% dropped", from, to, served, takes, 100*drops)
	if served < fairShare*takes {
		t.Errorf("from %v to %v %.0f were answered in a second, of %.0f that could have been", from, to, served, takes)
	}
	most := fewDrops
	if to <= settling {
		most = 2 * fewDrops
	}
	if slices.ContainsFunc(servers, func(s *cappedServer) bool { return s.loss > 0 }) {
		most = lossyDrops
	}
	if drops > most {
		t.Errorf("from %v to %v %.1f %% were dropped", from, to, 100*drops)
	}
}

// backAfter returns how long after a time the server answered its share again.
func (s *cappedServer) backAfter(at time.Duration) time.Duration {
	for d := time.Second; d < 10*longReturn; d += 100 * time.Millisecond {
		if float64(s.between(at+d-time.Second, at+d).served) >= fairShare*s.takes {
			return d
		}
	}
	return 10 * longReturn
}

func TestTheRateOfEveryServerIsFound(t *testing.T) {
	const dies, returns, end = 20 * time.Second, 26 * time.Second, 45 * time.Second
	servers := map[string]*cappedServer{
		"127.0.0.1": {takes: 500, rtt: 10 * time.Millisecond},
		"127.0.0.2": {takes: 5000, rtt: 10 * time.Millisecond},
		"127.0.0.3": {takes: 50_000, rtt: 10 * time.Millisecond},
		"127.0.0.4": {takes: 2000, rtt: 200 * time.Millisecond},
		"127.0.0.5": {takes: 5000, rtt: 20 * time.Millisecond, dead: func(at time.Duration) bool { return at > dies && at < returns }},
	}
	adapts(t, Config{}, servers, 20, end, func(t *testing.T, _ *Stage, got map[vacant.Status]int) {
		t.Helper()
		all := slices.Collect(maps.Values(servers))
		settledWell(t, 62_500, dies-10*time.Second, dies, all...)
		others := slices.DeleteFunc(slices.Clone(all), func(s *cappedServer) bool { return s.dead != nil })
		settledWell(t, 57_500, dies+2*time.Second, returns, others...)
		settledWell(t, 62_500, end-10*time.Second, end, all...)
		back := servers["127.0.0.5"].backAfter(returns)
		t.Logf("the server that had died had its share again after %v", back)
		if back > longReturn {
			t.Errorf("the server that had died had its share again after %v", back)
		}
		for addr, s := range servers {
			if x := s.between(end-10*time.Second, end); float64(x.served) < fairShare*10*s.takes {
				t.Errorf("%s answered %d in ten seconds, and takes %.0f", addr, x.served, 10*s.takes)
			}
		}
		if got[vacant.StatusTimeout] > got[vacant.StatusDelegated]/1000 {
			t.Errorf("ended as %v", got)
		}
	})
}

func TestRateLimitingOfOneClassLeavesTheRateAlone(t *testing.T) {
	for name, slip := range map[string]int{"silence": 0, "every second cut short": 2, "all cut short": 1} {
		t.Run(name, func(t *testing.T) {
			s := &cappedServer{takes: 20_000, absent: 200, slip: slip, rtt: 2 * time.Millisecond}
			const end = 20 * time.Second
			adapts(t, Config{}, map[string]*cappedServer{"127.0.0.1": s}, 20, end, func(t *testing.T, st *Stage, got map[vacant.Status]int) {
				t.Helper()
				settledWell(t, s.takes, end-10*time.Second, end, s)
				x := st.Stats()
				names := uint64(got[vacant.StatusDelegated] + got[vacant.StatusNXDomain])
				t.Logf("%v, %d over TCP, resent %.3f a name, limits %v", got, s.tcp, float64(x.Resent)/float64(names), st.loop.order[0].class.limits)
				if float64(x.Resent) > 0.15*float64(names) { // 5 % are absent, and the search for the rate costs some
					t.Errorf("%d names were asked again %d times", names, x.Resent)
				}
				if share := float64(got[vacant.StatusNXDomain]) / float64(names); share < 0.045 {
					t.Errorf("%.1f %% of the names were found absent, 5 %% are", 100*share)
				}
				if got[vacant.StatusTimeout] > 0 {
					t.Errorf("%v", got)
				}
			})
		})
	}
}

func TestTheRateSettlesWhateverTheServerDoesAboveIt(t *testing.T) {
	for name, s := range map[string]*cappedServer{
		"it refuses":                    {takes: 20_000, rtt: 5 * time.Millisecond, refuses: true},
		"it drops everything then":      {takes: 20_000, rtt: 5 * time.Millisecond, cliff: true},
		"and the line loses 1 % a way":  {takes: 20_000, rtt: 5 * time.Millisecond, loss: 0.01},
		"and the line loses 5 % a way":  {takes: 20_000, rtt: 5 * time.Millisecond, loss: 0.05},
		"and the line loses 30 % a way": {takes: 20_000, rtt: 5 * time.Millisecond, loss: 0.3},
	} {
		t.Run(name, func(t *testing.T) {
			const end = 20 * time.Second
			adapts(t, Config{}, map[string]*cappedServer{"127.0.0.1": s}, 20, end, func(t *testing.T, _ *Stage, got map[vacant.Status]int) {
				t.Helper()
				settledWell(t, s.takes, end-10*time.Second, end, s)
				if got[vacant.StatusTimeout]+got[vacant.StatusRefused] > got[vacant.StatusDelegated]/1000 {
					t.Errorf("%v", got)
				}
			})
		})
	}
}

func TestAServerThatSpeedsUpIsUsed(t *testing.T) {
	const faster, end = 12 * time.Second, 12*time.Second + longReturn
	s := &cappedServer{takes: 500, rtt: 10 * time.Millisecond, change: func(s *cappedServer, at time.Duration) {
		if at > faster {
			s.takes = 20_000
		}
	}}
	adapts(t, Config{}, map[string]*cappedServer{"127.0.0.1": s}, 20, end, func(t *testing.T, _ *Stage, _ map[vacant.Status]int) {
		t.Helper()
		settledWell(t, 500, faster-4*time.Second, faster, s)
		if took := s.backAfter(faster); took > longReturn {
			t.Errorf("a server that had become forty times faster was used at its rate after %v", took)
		} else {
			t.Logf("used at its rate after %v", took)
		}
	})
}
