package ui

import (
	"time"

	"vacant/cmd/internal/pipeline"
)

// Options of [Watch].
type Options struct {
	Live    bool          // draw bars
	Every   time.Duration // print a line this often; 0 = no lines
	DNSOnly bool          // stage one runs alone: nothing is said of stage two
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
		go w.every(refresh, newBars(t, opt.DNSOnly), progress)
	case opt.Every > 0:
		go w.every(opt.Every, &statsLines{w: t, dnsOnly: opt.DNSOnly}, progress)
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
