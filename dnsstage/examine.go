package dnsstage

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"vacant/dnsstage/wire"
)

// Ways of asking a server.
const (
	WayUDP   = "udp"
	WayEDNS  = "edns" // over UDP with DO and a buffer of 1,232 octets
	WayTCP   = "tcp"
	WayProxy = "proxy" // over TCP through the proxies
	WayFind  = "find"  // finding the servers of a zone, from the root; no Server
)

// Trial is how one server answered one way of asking.
type Trial struct {
	Zone     string // that the server was asked about; "" is the root
	Resolver bool   // it is a recursive resolver
	Server   netip.AddrPort
	Way      string
	Fault    string // "" for an answer; else one of the Trial faults, an rcode's name or, of WayFind, a sentence
	RTT      time.Duration
}

// Faults of a [Trial].
const (
	TrialSilent  = "no answer"
	TrialNoRoute = "no route"
	TrialOther   = "answered by somebody else"
	TrialForged  = "replies that do not match the question"
	TrialOdd     = "makes no sense"
)

const (
	examineZones = 8               // zones whose servers are tried; the others are like them
	examineRoots = 2               // of each address family
	examineFor   = 3 * time.Second // of all trials
)

// Examine tries, once each, the ways of asking that a sweep of suffixes may
// need: two root servers of each address family and one server of each family
// of each suffix's zone, over UDP, with EDNS and over TCP; or, where resolvers
// are asked, these. It takes 3 s at most, a preflight not counted, and asks a
// server each way once, and twice more where it is silent. Its error is Preflight's or ctx's.
func (s *Stage) Examine(ctx context.Context, suffixes []string) ([]Trial, error) {
	if err := s.ready(ctx, suffixes...); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, examineFor)
	defer cancel()
	x := &examination{s: s}
	if len(s.cfg.Resolvers) > 0 {
		for _, addr := range s.cfg.Resolvers {
			x.server(ctx, Trial{Zone: zoneTried(suffixes), Resolver: true, Server: addr})
		}
	} else {
		x.authorities(ctx, suffixes)
	}
	x.wg.Wait()
	slices.SortStableFunc(x.trials, func(a, b Trial) int {
		if a.Zone != b.Zone {
			return slices.Index(suffixes, a.Zone) - slices.Index(suffixes, b.Zone)
		}
		return a.Server.Compare(b.Server)
	})
	return x.trials, nil
}

func zoneTried(suffixes []string) string {
	if len(suffixes) == 0 {
		return "com"
	}
	return suffixes[0]
}

// examination collects trials.
type examination struct {
	s  *Stage
	wg sync.WaitGroup

	mu     sync.Mutex
	trials []Trial // guarded by mu
}

func (x *examination) authorities(ctx context.Context, suffixes []string) {
	f := x.s.loop.finder
	if len(f.pins) == 0 {
		for _, is := range isFamily {
			roots := slices.DeleteFunc(f.shuffledAll(f.roots), func(a netip.AddrPort) bool { return !is(a.Addr()) })
			for _, addr := range roots[:min(len(roots), examineRoots)] {
				x.server(ctx, Trial{Server: addr})
			}
		}
	}
	for _, suffix := range suffixes[:min(len(suffixes), examineZones)] {
		x.wg.Go(func() { x.zone(ctx, suffix) })
	}
}

// isFamily tells addresses of the two families apart.
var isFamily = []func(netip.Addr) bool{netip.Addr.Is4, netip.Addr.Is6}

// zone tries a server of each family that the zone of suffix has.
func (x *examination) zone(ctx context.Context, suffix string) {
	zone, err := x.s.loop.finder.find(ctx, suffix, false)
	if err != nil {
		if ctx.Err() == nil { // it takes longer than there is time: whoever asks there is told
			x.add(Trial{Zone: suffix, Way: WayFind, Fault: err.Error()})
		}
		return
	}
	for _, is := range isFamily {
		if i := slices.IndexFunc(zone.servers, func(a netip.AddrPort) bool { return is(a.Addr()) }); i >= 0 {
			x.server(ctx, Trial{Zone: suffix, Server: zone.servers[i]})
		}
	}
}

// server tries all ways of asking one server at the same time.
func (x *examination) server(ctx context.Context, t Trial) {
	ways := []string{WayUDP, WayEDNS, WayTCP}
	if x.s.loop.udp == nil {
		ways = []string{WayProxy}
	}
	for _, way := range ways {
		t := t
		t.Way = way
		x.wg.Go(func() { x.try(ctx, t) })
	}
}

func (x *examination) try(ctx context.Context, t Trial) {
	q := wire.Query{Name: []byte(t.Zone), Type: wire.TypeSOA, RD: t.Resolver, DO: t.Way == WayEDNS,
		TCP: t.Way == WayTCP, Server: t.Server, Timeout: examineFor / 4}
	for range 3 { // a lost packet or two are no news
		a, err := x.s.loop.exchange(ctx, q)
		t.RTT, t.Fault = a.RTT, faultOf(&a, err, t.Resolver)
		if t.Fault != TrialSilent {
			break
		}
	}
	x.add(t)
}

func (x *examination) add(t Trial) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.trials = append(x.trials, t)
}

// faultOf says what is wrong with an answer about a zone's own SOA record, "" for nothing.
func faultOf(a *answer, err error, resolver bool) string {
	switch {
	case err != nil, a.Outcome == wire.TimedOut:
		return TrialSilent
	case a.Outcome == wire.Unreachable:
		return TrialNoRoute
	case a.Outcome == wire.Truncated:
		return "" // it is there; the whole answer comes over TCP
	case a.Outcome == wire.Suspicious:
		return TrialForged
	case a.Outcome != wire.Replied:
		return TrialOdd
	case !resolver && a.RA && !a.AA:
		return TrialOther
	case a.Rcode != wire.RcodeSuccess:
		return rcodeWord(a.Rcode)
	}
	return ""
}

func rcodeWord(rcode uint8) string {
	switch rcode {
	case wire.RcodeFormErr:
		return "FORMERR"
	case wire.RcodeServFail:
		return "SERVFAIL"
	case wire.RcodeNXDomain:
		return "NXDOMAIN"
	case wire.RcodeNotImp:
		return "NOTIMP"
	case wire.RcodeRefused:
		return "REFUSED"
	}
	return fmt.Sprintf("rcode %d", rcode)
}
