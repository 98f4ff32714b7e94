package dnsstage

import (
	"container/heap"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

// fakeNet is an internet in memory: servers by address, each with its zones and
// its misbehaviour. Its transports never open a socket, so it works in a
// synctest bubble.
type fakeNet struct {
	mu      sync.Mutex
	servers map[netip.AddrPort]*fakeServer
	zones   map[string]*fakeZone // every zone, for resolvers
	rng     *rand.Rand
	noUDP   bool // UDP is unreachable
	sent    []sending
	dead    map[string]wire.Outcome                // how queries through a proxy end that carries none
	proxies map[string]func(*wire.Query, *dns.Msg) // what each proxy does to answers; nil = nothing
}

// sending is one query as it left, for tests of pace.
type sending struct {
	at     time.Time
	server netip.AddrPort
}

// fakeServer is one address.
type fakeServer struct {
	zones    []*fakeZone
	resolver bool
	rtt      time.Duration
	loss     float64 // share of queries that vanish, over UDP only
	silent   bool
	rcode    int  // answers every question with it, if not 0
	truncate bool // over UDP
	nxAll    bool // NXDOMAIN for everything, with a plausible SOA
	hijack   bool // an address for whatever does not exist
	noTCP    bool
	mangle   func(q *wire.Query, m *dns.Msg)
	asked    int
}

// fakeZone is the data of one zone.
type fakeZone struct {
	origin    string
	delegated map[string]fakeCut
	data      map[string][]string // names with addresses
	broken    map[string]bool     // delegated, and resolvers get SERVFAIL
	wildcard  bool                // NODATA for whatever is not there
	wildA     bool                // ... with an address
}

// fakeCut is a delegation: name servers and the glue given with them.
type fakeCut struct{ hosts, glue []string }

func newFakeNet() *fakeNet {
	return &fakeNet{servers: make(map[netip.AddrPort]*fakeServer), zones: make(map[string]*fakeZone), rng: rand.New(rand.NewPCG(1, 2))}
}

// change alters the net while queries are under way.
func (n *fakeNet) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

func addrPort(text string) netip.AddrPort {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPortFrom(a, 53)
	}
	return netip.MustParseAddrPort(text)
}

func (n *fakeNet) zone(origin string) *fakeZone {
	z := &fakeZone{origin: origin, delegated: make(map[string]fakeCut), data: make(map[string][]string), broken: make(map[string]bool)}
	n.zones[origin] = z
	return z
}

func (n *fakeNet) serve(addr string, zones ...*fakeZone) *fakeServer {
	s := &fakeServer{zones: zones, rtt: 5 * time.Millisecond}
	n.servers[addrPort(addr)] = s
	return s
}

func (n *fakeNet) resolve(addr string) *fakeServer {
	s := n.serve(addr)
	s.resolver = true
	return s
}

// delegate gives names to a hoster nobody asks.
func (z *fakeZone) delegate(names ...string) *fakeZone {
	for _, name := range names {
		z.delegated[name] = fakeCut{hosts: []string{"ns1.hoster.example", "ns2.hoster.example"}}
	}
	return z
}

func (z *fakeZone) cut(name string, hosts []string, glue ...string) *fakeZone {
	z.delegated[name] = fakeCut{hosts: hosts, glue: glue}
	return z
}

// answer builds what server s says to q, nil for silence.
func (n *fakeNet) answer(s *fakeServer, q *wire.Query) *dns.Msg {
	name := string(q.Name)
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), q.Type)
	m.Response, m.RecursionDesired = true, q.RD
	switch {
	case s.rcode != 0:
		m.Rcode = s.rcode
	case s.nxAll:
		m.Authoritative, m.RecursionAvailable = !s.resolver, s.resolver
		nx(m, name[strings.IndexByte(name, '.')+1:])
	case s.resolver:
		n.recurse(s, name, q.Type, m)
	default:
		authority(s, name, q.Type, m)
	}
	if s.mangle != nil {
		s.mangle(q, m)
	}
	if s.truncate && !q.TCP {
		m.Truncated, m.Answer, m.Ns, m.Extra = true, nil, nil, nil
	}
	return m
}

func nx(m *dns.Msg, origin string) { m.Rcode, m.Ns = dns.RcodeNameError, []dns.RR{soa(origin)} }

func soa(origin string) dns.RR {
	return &dns.SOA{Hdr: header(origin, dns.TypeSOA), Ns: "ns.", Mbox: "mail.", Serial: 1, Minttl: 60}
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: dns.Fqdn(name), Rrtype: kind, Class: dns.ClassINET, Ttl: 60}
}

func nsRecords(name string, hosts []string) []dns.RR {
	var all []dns.RR
	for _, h := range hosts {
		all = append(all, &dns.NS{Hdr: header(name, dns.TypeNS), Ns: dns.Fqdn(h)})
	}
	return all
}

func addresses4(name string, addrs []string) []dns.RR {
	var all []dns.RR
	for _, text := range addrs {
		a := netip.MustParseAddr(text)
		if a.Is4() {
			all = append(all, &dns.A{Hdr: header(name, dns.TypeA), A: a.AsSlice()})
		} else {
			all = append(all, &dns.AAAA{Hdr: header(name, dns.TypeAAAA), AAAA: a.AsSlice()})
		}
	}
	return all
}

// holder returns the deepest of zones that name lies in.
func holder(zones []*fakeZone, name string) *fakeZone {
	var best *fakeZone
	for _, z := range zones {
		if within(name, z.origin) && (best == nil || len(z.origin) > len(best.origin)) {
			best = z
		}
	}
	return best
}

func authority(s *fakeServer, name string, qtype uint16, m *dns.Msg) {
	z := holder(s.zones, name)
	if z == nil {
		m.Rcode = dns.RcodeRefused
		return
	}
	if name == z.origin && qtype == dns.TypeNS {
		m.Authoritative, m.Answer = true, nsRecords(name, []string{"ns1.self.example"})
		return
	}
	for owner := name; owner != z.origin && owner != ""; _, owner, _ = strings.Cut(owner, ".") {
		if c, ok := z.delegated[owner]; ok {
			m.Ns = nsRecords(owner, c.hosts)
			if len(c.glue) > 0 {
				m.Extra = addresses4(c.hosts[0], c.glue)
			}
			return
		}
	}
	m.Authoritative = true
	z.say(name, qtype, m)
}

// say answers from the zone's own data.
func (z *fakeZone) say(name string, qtype uint16, m *dns.Msg) {
	for _, rr := range addresses4(name, z.data[name]) {
		if rr.Header().Rrtype == qtype {
			m.Answer = append(m.Answer, rr)
		}
	}
	if len(m.Answer) > 0 {
		return
	}
	switch {
	case z.wildA && !z.has(name) && qtype == dns.TypeNS:
		m.Answer = []dns.RR{&dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: "park.example."}}
	case name == z.origin, z.has(name), z.wildcard:
		m.Ns = []dns.RR{soa(z.origin)}
	default:
		nx(m, z.origin)
	}
}

// has reports whether name exists in the zone, if only because something lies below it.
func (z *fakeZone) has(name string) bool {
	for owner := range z.data {
		if within(owner, name) {
			return true
		}
	}
	for owner := range z.delegated {
		if within(owner, name) {
			return true
		}
	}
	return false
}

// recurse answers as an honest resolver, from all zones there are.
func (n *fakeNet) recurse(s *fakeServer, name string, qtype uint16, m *dns.Msg) {
	m.RecursionAvailable = true
	all := make([]*fakeZone, 0, len(n.zones))
	for _, z := range n.zones {
		all = append(all, z)
	}
	z := holder(all, name)
	switch c, ok := z.delegated[name]; {
	case z.origin == name && qtype == dns.TypeNS:
		m.Answer = nsRecords(name, []string{"ns1.self.example"})
		return
	case z.broken[name]:
		m.Rcode = dns.RcodeServerFailure
		return
	case ok && qtype == dns.TypeNS:
		m.Answer = nsRecords(name, c.hosts)
		return
	}
	z.say(name, qtype, m)
	if s.hijack && m.Rcode == dns.RcodeNameError {
		m.Rcode, m.Ns, m.Answer = dns.RcodeSuccess, nil, addresses4(name, []string{"198.51.100.1"})
	}
}

// pipe is a transport into a fakeNet.
type pipe struct {
	net     *fakeNet
	tcp     bool
	pending events
	room    int
	urls    []string // of the proxies it goes through, in turn
	turn    int
	broken  atomic.Bool
	stats   wire.Stats
	mu      sync.Mutex // guards stats
}

var _ wire.Transport = (*pipe)(nil)

var errBroken = errors.New("broken on purpose")

// event is a query that ends at some time.
type event struct {
	at    time.Time
	reply wire.Reply
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	old := *e
	x := old[len(old)-1]
	*e = old[:len(old)-1]
	return x
}

func (p *pipe) Submit(qs []wire.Query) (int, error) {
	n := 0
	for i := range qs {
		if len(p.pending) >= p.room {
			break
		}
		url := ""
		if len(p.urls) > 0 {
			url = p.urls[p.turn%len(p.urls)]
			p.turn++
		}
		heap.Push(&p.pending, p.net.exchange(&qs[i], p.tcp, url))
		n++
	}
	p.mu.Lock()
	p.stats.Sent += uint64(n)
	p.mu.Unlock()
	return n, nil
}

// exchange decides now how a query will end, and when.
func (n *fakeNet) exchange(q *wire.Query, tcp bool, url string) event {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	n.sent = append(n.sent, sending{now, q.Server})
	r := wire.Reply{Token: q.Token, Server: q.Server, Outcome: wire.TimedOut, OverTCP: tcp}
	if outcome, dead := n.dead[url]; dead {
		if r.Outcome = outcome; outcome == wire.Unreachable {
			return event{now.Add(time.Millisecond), r}
		}
		return event{now.Add(q.Timeout), r}
	}
	s := n.servers[q.Server]
	if n.noUDP && !tcp || s == nil && tcp || s != nil && s.noTCP && tcp {
		r.Outcome = wire.Unreachable
		return event{now.Add(time.Millisecond), r}
	}
	if s != nil {
		s.asked++
	}
	if s == nil || s.silent || !tcp && n.rng.Float64() < s.loss || s.rtt > q.Timeout {
		return event{now.Add(q.Timeout), r}
	}
	m := n.answer(s, q)
	if proxy := n.proxies[url]; proxy != nil {
		proxy(q, m)
	}
	raw, err := m.Pack()
	if err != nil {
		panic(err)
	}
	r.Outcome, r.RTT = wire.Replied, s.rtt
	if _, err := r.Parse(raw, nil); err != nil {
		r.Outcome = wire.Malformed
	}
	if r.TC {
		r.Outcome = wire.Truncated
	}
	return event{now.Add(s.rtt), r}
}

func (p *pipe) Poll(dst []wire.Reply, wait time.Duration) (int, error) {
	if p.broken.Load() {
		return 0, errBroken
	}
	deadline := time.Now().Add(wait)
	if len(p.pending) > 0 && p.pending[0].at.Before(deadline) {
		deadline = p.pending[0].at
	}
	if d := time.Until(deadline); d > 0 {
		time.Sleep(d)
	}
	n, now := 0, time.Now()
	for n < len(dst) && len(p.pending) > 0 && !p.pending[0].at.After(now) {
		dst[n] = heap.Pop(&p.pending).(event).reply
		n++
	}
	return n, nil
}

func (p *pipe) Stats() wire.Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

func (p *pipe) Close() error { return nil }

// stage returns a stage on the fake internet; cfg as a user would give it.
func (n *fakeNet) stage(tb testing.TB, cfg Config) *Stage {
	tb.Helper()
	if err := cfg.Validate(); err != nil {
		tb.Fatal(err)
	}
	if cfg.Seed == 0 {
		cfg.Seed = 7
	}
	cfg = cfg.withDefaults()
	tcp := &pipe{net: n, tcp: true, room: 1000}
	if len(cfg.Proxies) > 0 {
		tcp.urls = cfg.Proxies
		s := newStage(cfg, nil, tcp)
		open := func(urls []string, _ int) (wire.Transport, error) {
			return &pipe{net: n, tcp: true, room: 1000, urls: urls}, nil
		}
		if err := s.loop.post(tb.Context(), func() { s.loop.watch.open = open }); err != nil {
			tb.Fatal(err)
		}
		return s
	}
	return newStage(cfg, &pipe{net: n, room: cfg.Inflight}, tcp)
}

// answers runs the names through s and returns what was found of each.
func answers(tb testing.TB, s *Stage, names ...string) map[string]vacant.Answer {
	tb.Helper()
	got, err := runNames(tb, s, names)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func runNames(tb testing.TB, s *Stage, names []string) (map[string]vacant.Answer, error) {
	tb.Helper()
	var pool vacant.Pool
	in, out, done := make(chan *vacant.Batch), make(chan *vacant.Batch), make(chan error, 1)
	go func() { done <- s.Run(tb.Context(), in, out); close(out) }()
	go func() {
		defer close(in)
		for chunk := range slices.Chunk(names, 100) {
			b := pool.Get()
			for _, name := range chunk {
				b.AppendName(vacant.Name(name), vacant.NoIndex)
			}
			select {
			case in <- b:
			case <-tb.Context().Done():
			}
		}
	}()
	got := make(map[string]vacant.Answer)
	for b := range out {
		for i := range b.Len() {
			if _, twice := got[string(b.Name(i))]; twice {
				tb.Errorf("%s came out twice", b.Name(i))
			}
			got[string(b.Name(i))] = b.Answers[i]
		}
		b.Release()
	}
	if len(got) != len(names) {
		tb.Errorf("%d names went in, %d came out", len(names), len(got))
	}
	return got, <-done
}
