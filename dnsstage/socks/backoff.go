package socks

import (
	"context"
	"net"
	"time"
)

// Pauses before a worker tries its proxy again.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// recuperate waits until the worker's proxy works again. The worker is away from
// the desk meanwhile, so that no query waits for it.
func (w *worker) recuperate(s *server) {
	for w.rest() {
		w.pool.reconnects.Add(1)
		ctx, cancel := context.WithTimeout(w.pool.ctx, w.patience)
		nc, own, err := w.pool.dial(ctx, w.proxy, s.addr)
		cancel()
		if err == nil || !own {
			w.comeBack(s, nc)
			return
		}
	}
}

// comeBack returns to the desk, with a connection if there is one.
func (w *worker) comeBack(s *server, nc net.Conn) {
	w.proxy.countAway(-1)
	var c *conn
	if nc != nil {
		c = newConn(nc, w)
	}
	if !w.pool.desk.comeBack(w, s, c) {
		return
	}
	if c != nil {
		w.pool.running.Go(c.receive)
	}
	w.pool.serveWaiting()
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
