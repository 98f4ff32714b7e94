package socks

import (
	"net/netip"
	"time"
)

// Pauses before a worker tries its proxy again.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// recuperate waits until the worker's proxy works again. The worker is away from
// the desk meanwhile, so that no query waits for it.
func (w *worker) recuperate(server netip.AddrPort, patience time.Duration) {
	for w.rest() {
		w.faulty, w.deaf = false, 0
		w.pool.reconnects.Add(1)
		if _, err := w.connect(server, time.Now().Add(patience)); err == nil || !w.faulty {
			w.proxy.countAway(-1)
			w.pool.desk.comeBack(w)
			return
		}
	}
}

// rest waits for a growing time, jittered so that a proxy that comes back is
// not run over. It reports false when the pool closes.
func (w *worker) rest() bool {
	w.pause = min(max(2*w.pause, firstPause), lastPause)
	jittered := w.pause/2 + time.Duration(w.rng.Uint64()%uint64(w.pause/2+1))
	select {
	case <-w.pool.ctx.Done():
		return false
	case <-time.After(jittered):
		return true
	}
}
