package socks

// bind makes a free worker one of s's.
func (d *desk) bind(w *worker, s *server) *worker {
	d.free.remove(w)
	if !w.known {
		w.known = true
		d.all = append(d.all, w)
	}
	w.server = s
	s.bound++
	d.bound++
	return w
}

// unbind takes a worker without queries from its server and closes its connection.
func (d *desk) unbind(w *worker) {
	s := w.server
	s.withdraw(w)
	s.bound--
	d.bound--
	if c := w.conn; c != nil {
		w.conn = nil
		s.joined--
		s.depth.gone(c)
		_ = c.Close()
	}
	w.server, w.draining = nil, false
}

// release makes a worker free.
func (d *desk) release(w *worker) {
	d.unbind(w)
	d.free.push(w)
}

// leave takes a worker without queries away from the desk, on account of its proxy.
func (d *desk) leave(w *worker) {
	d.unbind(w)
	d.present--
	w.proxy.countAway(1)
}

// comeBack makes a worker available whose proxy works again; c is its connection
// to s, nil if there is none. It reports false when the desk is closed.
func (d *desk) comeBack(w *worker, s *server, c *conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		if c != nil {
			_ = c.Close()
		}
		return false
	}
	d.present++
	w.deaf = 0
	if d.free.push(w); c != nil {
		d.bind(w, s)
		d.attach(w, c)
	}
	return true
}

// attach gives a worker its connection.
func (d *desk) attach(w *worker, c *conn) {
	w.conn = c
	w.server.joined++
	d.settle(w, d.clock())
}
