package dnsstage

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

func TestACancelledRunGivesBackEveryName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, Config{Roots: addrs(rootAddr), RateLimit: 1000})
		defer closeStage(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		in, out, done := make(chan *vacant.Batch), make(chan *vacant.Batch), make(chan error, 1)
		go func() { done <- s.Run(ctx, in, out); close(out) }()
		given := 0
		go func() {
			for i := 0; ; i++ {
				b := &vacant.Batch{}
				for _, name := range numbered(700, string(rune('a'+i%26))+"%d.com") {
					b.AppendName(vacant.Name(name), vacant.NoIndex)
				}
				select {
				case in <- b:
					given += b.Len()
				case <-ctx.Done():
					return
				}
			}
		}()
		time.AfterFunc(3*time.Second, cancel)
		got := make(map[vacant.Status]int)
		total := 0
		for b := range out {
			for _, a := range b.Answers {
				got[a.Status]++
				total++
			}
		}
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		synctest.Wait()
		if total != given {
			t.Errorf("%d names went in, %d came out", given, total)
		}
		if got[vacant.StatusUnasked] == 0 || got[vacant.StatusNXDomain] == 0 || len(got) != 2 {
			t.Errorf("statuses %v, want unasked and nxdomain", got)
		}
		expect(t, s, map[string]vacant.Status{"after.com": vacant.StatusNXDomain}) // and it can run again
		if n := s.loop.table.free.n; n != tableSize {
			t.Errorf("%d slots are not free", tableSize-n)
		}
	})
}

func TestASecondRunIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := world().stage(t, Config{Roots: addrs(rootAddr)})
		defer closeStage(t, s)
		if _, err := s.Preflight(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_, _, done := startRun(t, s)
		synctest.Wait()
		if err := s.Run(t.Context(), nil, nil); !errors.Is(err, ErrRunning) {
			t.Errorf("a second Run returned %v", err)
		}
		done()
	})
}

func TestACancelledAskLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, n.roots())
		defer closeStage(t, s)
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		n.servers[addrPort(comAddr)].silent = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Ask(ctx, "free.com"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Ask returned %v", err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := s.loop.table.free.n; n != tableSize {
			t.Errorf("%d slots are not free", tableSize-n)
		}
	})
}

func TestCloseEndsARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := world().stage(t, Config{Roots: addrs(rootAddr)})
		if _, err := s.Preflight(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Run(t.Context(), make(chan *vacant.Batch), make(chan *vacant.Batch)) }()
		synctest.Wait()
		closeStage(t, s)
		if err := <-ended; err == nil {
			t.Error("Run returned nil although its stage was closed")
		}
		if _, err := s.Ask(t.Context(), "free.com"); err == nil {
			t.Error("a closed stage answered")
		}
	})
}

func TestASlowReaderStopsTheIntake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := world().stage(t, Config{Roots: addrs(rootAddr), RateLimit: -1, RatePerServer: -1})
		defer closeStage(t, s)
		in, out, done := make(chan *vacant.Batch), make(chan *vacant.Batch), make(chan error, 1)
		go func() { done <- s.Run(t.Context(), in, out) }()
		taken := 0
		for ; taken < 5000; taken++ {
			b := &vacant.Batch{}
			b.Append([]byte("free.com"), 0)
			select {
			case in <- b:
				continue
			case <-time.After(time.Minute):
			}
			break
		}
		if taken > maxOpen {
			t.Errorf("%d batches were taken although none was fetched", taken)
		}
		close(in)
		for range taken {
			<-out
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestLimitsHoldInEveryWindowOfOneSecond(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg               Config
		total, each, want int // want is the least that may leave in the busiest second
	}{
		"in total":           {Config{RateLimit: 500}, 500, 500, 450},
		"each server":        {Config{RatePerServer: 300}, 600, 300, 550},
		"both":               {Config{RateLimit: 400, RatePerServer: 300}, 400, 300, 350},
		"the polite default": {Config{}, 1000, 500, 900},
		"one a second":       {Config{RatePerServer: 1}, 3, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := world()
			n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "192.5.6.31")
			n.serve("192.5.6.31", n.zones["com"])
			tt.cfg.Roots = addrs(rootAddr)
			in(t, n, tt.cfg, func(t *testing.T, s *Stage) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				drive(ctx, s)
			})
			total, each := busiest(n.sent)
			if total > tt.total || each > tt.each {
				t.Errorf("%d queries in one second, %d to one server; the limits are %d and %d", total, each, tt.total, tt.each)
			}
			if total < tt.want {
				t.Errorf("only %d queries in the busiest second, want %d", total, tt.want)
			}
		})
	}
}

// drive runs as many names as s takes until ctx ends.
func drive(ctx context.Context, s *Stage) {
	in, out, done := make(chan *vacant.Batch), make(chan *vacant.Batch), make(chan error, 1)
	go func() { done <- s.Run(ctx, in, out); close(out) }()
	go func() {
		for ctx.Err() == nil {
			b := &vacant.Batch{}
			for range vacant.BatchSize {
				b.Append([]byte("free.com"), 0)
			}
			select {
			case in <- b:
			case <-ctx.Done():
			}
		}
	}()
	for b := range out {
		b.Release()
	}
	if err := <-done; err != nil && !errors.Is(err, ctx.Err()) {
		panic(err)
	}
}

// busiest returns the largest number of queries in a window of one second, in all and to one server.
func busiest(sent []sending) (total, each int) {
	slices.SortFunc(sent, func(a, b sending) int { return a.at.Compare(b.at) })
	from, at := 0, make(map[netip.AddrPort]int)
	for i, s := range sent {
		at[s.server]++
		for s.at.Sub(sent[from].at) >= time.Second {
			at[sent[from].server]--
			from++
		}
		total, each = max(total, i-from+1), max(each, at[s.server])
	}
	return total, each
}

func TestLocalServersAreNotLimitedByDefault(t *testing.T) {
	n := newFakeNet()
	n.serve("127.0.0.1", n.zone("").cut("com", []string{"a.nic.com"}, "127.0.0.2"))
	n.serve("127.0.0.2", n.zone("com"))
	in(t, n, Config{Roots: addrs("127.0.0.1"), Inflight: 200}, func(t *testing.T, s *Stage) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		drive(ctx, s)
	})
	if total, _ := busiest(n.sent); total < defaultRate {
		t.Errorf("%d queries in a second to a server on loopback", total)
	}
}

func TestARunWhoseProxiesAreAllDeadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, Config{Roots: addrs(rootAddr), Proxies: []string{"socks5://127.0.0.1:1"}})
		defer closeStage(t, s)
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain, "taken.com": vacant.StatusDelegated})
		n.change(func() { clear(n.servers) }) // now every query is unreachable
		started := time.Now()
		got, err := runNames(t, s, numbered(3000, "n%d.com"))
		if !errors.Is(err, ErrAllProxiesDead) {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(started); took > 2*proxiesDeadAfter {
			t.Errorf("it took %v", took)
		}
		for name, a := range got {
			if a.Status.Settled() {
				t.Fatalf("%s: %s through dead proxies", name, a.Status)
			}
		}
	})
}

func TestDeadProxiesAreFoundByThePreflight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeNet().stage(t, Config{Proxies: []string{"socks5://127.0.0.1:1"}})
		defer closeStage(t, s)
		if _, err := s.Preflight(t.Context(), nil); !errors.Is(err, ErrAllProxiesDead) {
			t.Errorf("Preflight returned %v", err)
		}
	})
}

func TestStatsAddUp(t *testing.T) {
	n := world()
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		answers(t, s, "taken.com", "free.com", "free2.com", "x.nosuchtld")
		st := s.Stats()
		want := map[vacant.Status]uint64{vacant.StatusDelegated: 1, vacant.StatusNXDomain: 2, vacant.StatusError: 1}
		if !maps.Equal(st.ByStatus, want) {
			t.Errorf("by status %v, want %v", st.ByStatus, want)
		}
		if st.Asked != st.Answered || st.Asked != st.Sent || st.Inflight != 0 {
			t.Errorf("asked %d, answered %d, sent %d, in flight %d", st.Asked, st.Answered, st.Sent, st.Inflight)
		}
		if len(st.Servers) != 2 {
			t.Errorf("servers %+v", st.Servers)
		}
	})
}

func TestATransportWithLittleRoomLosesNothing(t *testing.T) {
	n := world()
	n.zones[""].cut("com", []string{"a.nic.com"}, comAddr, "192.5.6.31", "192.5.6.32")
	n.serve("192.5.6.31", n.zones["com"])
	n.serve("192.5.6.32", n.zones["com"]).truncate = true
	for _, s := range n.servers {
		s.loss = 0.1
	}
	in(t, n, Config{Roots: addrs(rootAddr), Inflight: 20, RateLimit: -1, RatePerServer: -1}, func(t *testing.T, s *Stage) {
		t.Helper()
		want := map[string]vacant.Status{"taken.com": vacant.StatusDelegated}
		for _, name := range numbered(2000, "n%d.com") {
			want[name] = vacant.StatusNXDomain
		}
		expect(t, s, want)
		for _, srv := range s.loop.order {
			if srv.pace.flight.n != 0 {
				t.Errorf("%v has %d queries in flight at the end", srv.addr, srv.pace.flight.n)
			}
		}
	})
}

func TestABrokenTransportEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := world().stage(t, Config{Roots: addrs(rootAddr)})
		defer closeStage(t, s)
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		s.loop.udp.(*pipe).broken.Store(true)
		got, err := runNames(t, s, numbered(500, "n%d.com"))
		if !errors.Is(err, errBroken) {
			t.Errorf("Run returned %v", err)
		}
		for name, a := range got {
			if a.Status.Settled() {
				t.Errorf("%s: %s", name, a.Status)
			}
		}
		if p, err := s.Ask(t.Context(), "free.com"); err != nil || p.Status != vacant.StatusError {
			t.Errorf("Ask gave %s, %v", p.Status, err)
		}
	})
}
