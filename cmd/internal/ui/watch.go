package ui

import (
	"fmt"
	"io"
	"time"

	"vacant/cmd/internal/pipeline"
)

// Options of [Watch].
type Options struct {
	Live  bool          // draw bars
	Every time.Duration // print a line this often; 0 = no lines
}

// Watcher shows the progress of a run until it is stopped.
type Watcher struct {
	quit, done chan struct{}
}

// refresh is how often the bars move: what an eye still reads as motion without
// the drawing being felt by the run.
const refresh = 200 * time.Millisecond

// Watch starts to show what progress returns, as opt says.
func Watch(t *Talk, progress func() pipeline.Progress, opt Options) *Watcher {
	w := &Watcher{quit: make(chan struct{}), done: make(chan struct{})}
	switch {
	case opt.Live:
		go w.every(refresh, newBars(t), progress)
	case opt.Every > 0:
		go w.every(opt.Every, &statsLines{w: t}, progress)
	default:
		close(w.done)
	}
	return w
}

// Stop ends the showing and waits for it; a second call does nothing.
func (w *Watcher) Stop() {
	select {
	case <-w.quit:
	default:
		close(w.quit)
	}
	<-w.done
}

// view is one way to show progress.
type view interface {
	show(m meter)
	end()
}

var (
	_ view = (*bars)(nil)
	_ view = (*statsLines)(nil)
)

func (w *Watcher) every(period time.Duration, v view, progress func() pipeline.Progress) {
	defer close(w.done)
	defer v.end()
	tick := time.NewTicker(period)
	defer tick.Stop()
	var m meter
	for {
		select {
		case <-tick.C:
			m.update(progress())
			v.show(m)
		case <-w.quit:
			return
		}
	}
}

// statsLines prints a line for each look.
type statsLines struct{ w io.Writer }

func (s *statsLines) show(m meter) {
	p := &m.now
	_, _ = fmt.Fprintf(s.w, "vacant: stats elapsed=%s asked=%d rate=%.0f/s inflight=%d delegated=%d queued=%d confirmed=%d confirm_rate=%.1f/s waiting=%d available=%d undetermined=%d\n",
		p.Elapsed.Round(time.Second), m.settled(), m.rate, p.DNS.Inflight, p.Counts.Delegated, p.Counts.Queued,
		m.confirmed(), m.confirmRate, p.Counts.Waiting, p.Counts.Available, p.Counts.Undetermined+p.Counts.UndeterminedDNS)
}

func (s *statsLines) end() {}
