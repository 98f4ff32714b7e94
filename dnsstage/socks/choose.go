package socks

import "time"

const (
	// perServer is how many connections one server gets where there are no
	// proxies: a few, as RFC 7766 section 6.2.2 asks of clients.
	perServer = 4
	// manyIdle is how many workers a server has to one idle one when it can spare that.
	manyIdle = 4
	// shareFor is how long workers are shared out evenly after a server got none.
	shareFor = time.Second
)

// workerFor chooses who asks s. Through proxies every worker is to have its part
// of the load, so that a free one comes before a second query on a connection.
func (d *desk) workerFor(s *server, now time.Duration) *worker {
	w := s.next(now)
	if w != nil && (d.direct || d.load < d.bound) {
		return w
	}
	if d.free.head != nil && d.mayBind(s, now) {
		return d.bind(d.free.head, s)
	}
	if w != nil {
		return w
	}
	if w = d.spareFor(s); w != nil && d.mayBind(s, now) {
		d.release(w)
		return d.bind(w, s)
	}
	if s.bound == 0 {
		d.starve(s, now)
	}
	return nil
}

// mayBind reports whether s may have one more worker. Without proxies a single one
// finds out whether s can be reached: more would only wait with it.
func (d *desk) mayBind(s *server, now time.Duration) bool {
	most := d.size
	switch {
	case d.direct && s.joined == 0:
		most = 1
	case d.direct:
		most = min(most, perServer)
	}
	if d.shared > 0 && now-d.shared < shareFor {
		most = min(most, d.share)
	}
	return s.bound < most
}

// spareFor returns an idle worker of the server that has most of them, where
// that one has more workers than s, or many without a query.
func (d *desk) spareFor(s *server) *worker {
	var rich *server
	for _, x := range d.servers {
		if x != s && x.idle > 0 && (rich == nil || x.idle > rich.idle) {
			rich = x
		}
	}
	if rich == nil || s.bound > 0 && rich.bound <= s.bound+1 && rich.idle*manyIdle < rich.bound {
		return nil
	}
	return rich.spare()
}

// starve sees to it that s, which has no worker, gets one: all servers are held
// to an equal share for a while, and a worker of the one that has most takes no
// more queries, so that it comes free.
func (d *desk) starve(s *server, now time.Duration) {
	s.wanted = now
	var rich *server
	contenders := 0
	for _, x := range d.servers {
		if x.bound > 0 || now-x.wanted < shareFor && x.wanted > 0 {
			contenders++
		}
		if x.bound > 0 && (rich == nil || x.bound > rich.bound) {
			rich = x
		}
	}
	d.share, d.shared = max(1, d.size/max(1, contenders)), now
	if rich == nil || s.relief != nil && s.relief.draining {
		return
	}
	if w := rich.lightest(d.all); w != nil {
		w.draining, s.relief = true, w
		rich.withdraw(w)
	}
}
