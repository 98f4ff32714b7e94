package dnstest

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

// Capped is one of com's servers that takes so many queries a second over UDP
// and drops the others, as if it were rate limited. It tells [Taken], and keeps
// when each query arrived and how it fared.
type Capped struct {
	Addr netip.AddrPort

	cfg     CappedConfig
	udp     *net.UDPConn
	tcp     net.Listener
	conns   conns
	running sync.WaitGroup
	late    chan lateReply
	start   time.Time

	mu sync.Mutex
	// all below is guarded by mu
	dead     bool
	tokens   float64
	at       time.Time
	n        int
	arrivals [][]Arrival // in pieces, so that none is ever moved
}

// CappedConfig says what a [Capped] takes.
type CappedConfig struct {
	Addr     netip.AddrPort // a port of 0 takes a free one
	Takes    float64        // queries a second over UDP; 0 = all
	RTT      time.Duration  // that an answer is late by
	CutEvery int            // of the answers over UDP, every so-manieth is an empty TC; 0 = none
}

// Arrival is one query as it reached a server.
type Arrival struct {
	At     time.Time // by the kernel's clock over UDP, where it tells
	Served bool
	TCP    bool
}

type lateReply struct {
	due time.Time
	msg []byte
	to  netip.AddrPort
}

const (
	cappedSaved = 0.1     // seconds' worth that a server saves up while it is not asked
	cappedLate  = 1 << 17 // replies that may be under way
	cappedPiece = 1 << 15 // arrivals
	cappedRead  = 1 << 20 // receive buffer, in octets: more would only make answers late
)

// StartCapped serves until the test ends.
func StartCapped(tb testing.TB, cfg CappedConfig) *Capped {
	tb.Helper()
	if !cfg.Addr.IsValid() {
		cfg.Addr = netip.MustParseAddrPort("127.0.0.1:0")
	}
	udp, tcp, err := listenBoth(cfg.Addr)
	if err != nil {
		tb.Fatalf("dnstest: %v", err)
	}
	_ = udp.SetReadBuffer(cappedRead)
	c := &Capped{cfg: cfg, udp: udp, tcp: tcp, Addr: udp.LocalAddr().(*net.UDPAddr).AddrPort(), late: make(chan lateReply, cappedLate)}
	c.start = time.Now()
	c.at = c.start
	stampArrivals(udp)
	c.running.Go(c.serveUDP)
	c.running.Go(c.serveTCP)
	c.running.Go(c.sendLate)
	tb.Cleanup(c.close)
	return c
}

func (c *Capped) close() {
	_ = c.udp.Close()
	_ = c.tcp.Close()
	c.conns.closeAll()
	c.running.Wait()
}

// Die makes the server silent, or brings it back.
func (c *Capped) Die(dead bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = dead
}

// Arrivals returns what has arrived so far.
func (c *Capped) Arrivals() []Arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.arrivals...)
}

func (c *Capped) noteLocked(a Arrival) {
	last := len(c.arrivals) - 1
	if last < 0 || len(c.arrivals[last]) == cappedPiece {
		c.arrivals = append(c.arrivals, make([]Arrival, 0, cappedPiece))
		last++
	}
	c.arrivals[last] = append(c.arrivals[last], a)
}

func (c *Capped) serveUDP() {
	defer close(c.late)
	buf, oob := make([]byte, plainRoom), make([]byte, 64)
	for {
		n, k, _, from, err := c.udp.ReadMsgUDPAddrPort(buf, oob)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		at := arrival(oob[:k])
		served, cut := c.admit(at)
		if !served {
			continue
		}
		if n = plainReply(buf, n); n == 0 {
			continue
		}
		if cut {
			n = cutShort(buf[:n])
		}
		c.reply(at, buf[:n], from)
	}
}

// admit notes a query over UDP and says whether it is served, and with an empty TC.
func (c *Capped) admit(at time.Time) (served, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.tokens = min(c.cfg.Takes*cappedSaved, c.tokens+c.cfg.Takes*at.Sub(c.at).Seconds())
		c.at = at
	}
	served = !c.dead && (c.cfg.Takes == 0 || c.tokens >= 1)
	if served {
		c.tokens--
		c.n++
		cut = c.cfg.CutEvery > 0 && c.n%c.cfg.CutEvery == 0
	}
	c.noteLocked(Arrival{At: at, Served: served})
	return served, cut
}

// cutShort leaves the header and the question of a reply, with TC set.
func cutShort(msg []byte) int {
	msg[2] |= 0x02
	msg[3] &^= 0x0f
	clear(msg[6:plainHeader])
	return nameEnd(msg) + 4
}

func (c *Capped) reply(at time.Time, msg []byte, to netip.AddrPort) {
	if c.cfg.RTT == 0 {
		_, _ = c.udp.WriteToUDPAddrPort(msg, to)
		return
	}
	select {
	case c.late <- lateReply{at.Add(c.cfg.RTT), append([]byte(nil), msg...), to}:
	default: // a buffer on the way is full
	}
}

func (c *Capped) sendLate() {
	for r := range c.late {
		time.Sleep(time.Until(r.due))
		_, _ = c.udp.WriteToUDPAddrPort(r.msg, r.to)
	}
}

func (c *Capped) serveTCP() {
	for {
		conn, err := c.tcp.Accept()
		if err != nil {
			return
		}
		if !c.conns.add(conn) {
			continue
		}
		c.running.Go(func() {
			defer c.conns.remove(conn)
			c.serveStream(conn)
		})
	}
}

// serveStream answers one query after the other.
func (c *Capped) serveStream(conn net.Conn) {
	out := make([]byte, 2+plainRoom)
	for {
		query, err := readFramed(conn)
		if err != nil || len(query) > plainLongest {
			return
		}
		c.mu.Lock()
		c.noteLocked(Arrival{At: time.Now(), Served: true, TCP: true})
		dead := c.dead
		c.mu.Unlock()
		n := plainReply(out[2:], copy(out[2:], query))
		if dead || n == 0 {
			continue
		}
		binary.BigEndian.PutUint16(out, uint16(n))
		if _, err := conn.Write(out[:2+n]); err != nil {
			return
		}
	}
}

// Busiest returns the largest number of arrivals in any one second, over all of
// the servers given.
func Busiest(servers ...*Capped) int {
	var all []time.Time
	for _, c := range servers {
		for _, a := range c.Arrivals() {
			all = append(all, a.At)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	most, from := 0, 0
	for i, at := range all {
		for at.Sub(all[from]) >= time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}
