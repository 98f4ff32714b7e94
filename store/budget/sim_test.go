package budget

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

// server notes when questions reach it.
type server struct {
	mu    sync.Mutex
	times []time.Time // guarded by mu
}

func (s *server) reach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times = append(s.times, time.Now())
}

// most returns how many questions reached the server in the busiest span.
func (s *server) most(span time.Duration) int {
	slices.SortFunc(s.times, time.Time.Compare)
	most, from := 0, 0
	for i, at := range s.times {
		for at.Sub(s.times[from]) >= span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// process asks as stage two does: a lease, some questions that take a while to
// get there and back, and word of when they had arrived.
type process struct {
	b       *Budgets
	srv     *server
	limit   vacant.Limit
	r       *rand.Rand
	mu      sync.Mutex
	arrived []vacant.Arrival // guarded by mu
	wg      sync.WaitGroup
}

// Delays of the simulated way: back is at least that long, and known to be.
const backLeast = 2 * time.Millisecond

func (p *process) run(ctx context.Context) error {
	defer p.wg.Wait()
	want := max(1, int(p.limit.Rate()/100))
	for ctx.Err() == nil {
		l, err := p.b.Lease(ctx, "op", p.limit, want, p.take())
		if err != nil {
			return err
		}
		for range l.Got {
			p.ask(l.At)
		}
		wait := time.Millisecond
		if l.Got == 0 {
			if wait = max(time.Until(l.Again), wait); wait < 10*time.Second {
				wait = min(wait, 50*time.Millisecond) // to say when what was asked had arrived
			}
		}
		sleep(ctx, wait+time.Duration(p.r.IntN(3000))*time.Microsecond) // a timer is late
	}
	return nil
}

func (p *process) take() (list []vacant.Arrival) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, p.arrived = p.arrived, nil
	return list
}

// ask sends one question. One in a hundred is held up on its way.
func (p *process) ask(lease time.Time) {
	there, back := time.Duration(p.r.IntN(5000))*time.Microsecond, backLeast+time.Duration(p.r.IntN(5000))*time.Microsecond
	if p.r.IntN(100) == 0 {
		there += time.Duration(p.r.IntN(400)) * time.Millisecond
	}
	p.wg.Go(func() {
		time.Sleep(there)
		p.srv.reach()
		time.Sleep(back)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.arrived = append(p.arrived, vacant.Arrival{Lease: lease, N: 1, At: time.Now().Add(-backLeast)})
	})
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// In no span do three processes, which are killed and started again, get more to
// the server than the limit allows; and they get nearly all of it.
func TestSimulatedProcessesKeepEveryLimit(t *testing.T) {
	for _, tt := range []struct {
		limit  vacant.Limit
		lasts  time.Duration
		killed time.Duration // a process every so often
	}{
		{vacant.Limit{PerSecond: 0.5, Burst: 1}, 5 * time.Minute, 20 * time.Second},
		{vacant.Limit{PerSecond: 1, Burst: 1}, 3 * time.Minute, 20 * time.Second},
		{vacant.Limit{PerSecond: 2.5, Burst: 1}, 2 * time.Minute, 20 * time.Second},
		{vacant.Limit{PerSecond: 10, Burst: 1}, time.Minute, 10 * time.Second},
		{vacant.Limit{PerSecond: 100, Burst: 1}, 20 * time.Second, 3 * time.Second},
		{vacant.Limit{PerSecond: 500, Burst: 5}, 10 * time.Second, 2 * time.Second},
		{vacant.Limit{PerSecond: 5, Burst: 4, Count: 120, Span: time.Minute}, 5 * time.Minute, 20 * time.Second},
		{vacant.Limit{PerSecond: 1, Burst: 4, Count: 15, Span: time.Minute}, 20 * time.Minute, 2 * time.Minute},
		{vacant.Limit{PerSecond: 1, Burst: 8, Count: 100, Span: 30 * time.Minute}, 6 * time.Hour, time.Hour},
		{vacant.Limit{PerSecond: 1, Burst: 1, PerDay: 100}, 50 * time.Hour, 9 * time.Hour},
	} {
		t.Run(tt.limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := simulate(t, tt.limit, tt.lasts, tt.killed)
				check(t, tt.limit, srv, tt.lasts)
			})
		})
	}
}

// simulate runs three processes on one file.
func simulate(t *testing.T, limit vacant.Limit, lasts, killed time.Duration) *server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "budget.db")
	srv := &server{}
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for ctx.Err() == nil {
				life, end := context.WithTimeout(ctx, killed/2+time.Duration(r.Int64N(int64(killed))))
				p := &process{b: open(t, path, time.Now), srv: srv, limit: limit, r: r}
				if err := p.run(life); err != nil && life.Err() == nil {
					t.Error(err)
				}
				end()
			}
		})
	}
	wg.Wait()
	return srv
}

// check holds what the server saw against the limit.
func check(t *testing.T, limit vacant.Limit, srv *server, lasts time.Duration) {
	t.Helper()
	could := lasts.Seconds() * limit.Rate()
	for _, b := range limit.Spans() {
		if n := srv.most(b.Length); n > b.Most {
			t.Errorf("%d in %v, allowed are %d", n, b.Length, b.Most)
		}
		could = min(could, float64(b.Most)*max(lasts.Seconds()/b.Length.Seconds(), 1))
	}
	if limit.PerDay > 0 {
		could = float64(limit.PerDay) * (1 + float64(int(lasts/vacant.Day)))
	}
	used := float64(len(srv.times)) / could
	if used < 0.95 {
		t.Errorf("%.1f %% of the limit used", 100*used)
	}
	t.Logf("%d questions, %.1f %% of the limit", len(srv.times), 100*used)
}
