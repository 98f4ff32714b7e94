//go:build linux

package realtest

import (
	"net/netip"
	"path/filepath"
	"testing"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// must ends the test for err, as a skip where something is only missing here.
func must(t *testing.T, err error) {
	t.Helper()
	if line := rig.SkippedFor(err); line != "" {
		t.Skip(line)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// namespace is a network of the test's own.
func namespace(t *testing.T) *rig.Namespace {
	t.Helper()
	n, err := rig.NewNamespace(t.Context())
	must(t, err)
	t.Cleanup(n.Close)
	return n
}

// responder starts a plain responder there, with forgeries in front of each reply.
func responder(t *testing.T, in *rig.Namespace, forge int) *dnstest.PlainProcess {
	t.Helper()
	p, err := dnstest.StartPlain(dnstest.PlainConfig{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Forge: forge}, in.Wrap()...)
	must(t, err)
	t.Cleanup(func() { _, _ = p.Stop() })
	return p
}

// sweep asks about the first n names; every one must end in one line, and none may lie.
func sweep(t *testing.T, s rig.Sweep, n int) *rig.Outcome {
	t.Helper()
	s.Vacant, s.Dir, s.Names = binary, t.TempDir(), n
	r, o, err := s.Run(t.Context())
	must(t, err)
	if err := o.Problem(s.Expect()); err != nil {
		t.Errorf("%v\n%s", err, r.Stderr)
	}
	return o
}

// Packets lost in both directions cost time, never a name and never the truth.
func TestNoNameIsLostWithItsPackets(t *testing.T) {
	t.Parallel()
	in := namespace(t)
	server := responder(t, in, 0)
	for _, tt := range []struct {
		name      string
		share     float64
		names     int
		undecided int // at most: a name whose every asking was lost is a timeout
	}{
		{"no loss", 0, 20_000, 0},
		{"5 %", 0.05, 20_000, 40}, // four askings lost, 0.0975^4 of them: 2
		{"30 %", 0.30, 600, 60},   // as above 41, were none of them asked over TCP in the end
	} {
		t.Run(tt.name, func(t *testing.T) {
			must(t, in.Lose(t.Context(), server.Addr, tt.share))
			o := sweep(t, rig.Sweep{Server: server.Addr, In: in}, tt.names)
			if o.Undecided > tt.undecided {
				t.Errorf("%d of %d names are undecided, want at most %d: %v", o.Undecided, tt.names, tt.undecided, o.Statuses)
			}
			got, err := in.Traffic(t.Context())
			must(t, err)
			if got.Asked < tt.names || tt.share == 0 && got.Lost > 0 || tt.share > 0 && got.Lost < int(tt.share*float64(tt.names)) {
				t.Errorf("%+v: the loss is not what it should be", got)
			}
		})
	}
}

// A forger who reads every query and answers first, wrong in one thing each
// time, decides nothing.
func TestForgedRepliesDecideNothing(t *testing.T) {
	t.Parallel()
	const names, each = 20_000, 10
	in := namespace(t)
	server := responder(t, in, each)
	o := sweep(t, rig.Sweep{Server: server.Addr, In: in, Flags: []string{"--inflight=1000"}}, names)
	if o.Undecided > 0 {
		t.Errorf("%d names are undecided: %v", o.Undecided, o.Statuses)
	}
	fired, err := server.Fired()
	must(t, err)
	total := 0
	for kind, n := range fired {
		total += n
		if n == 0 {
			t.Errorf("no forgery was wrong in its %s", kind)
		}
	}
	dropped, err := in.Dropped(t.Context())
	must(t, err)
	if total < names*each*99/100 || dropped > total/10 {
		t.Errorf("%d forgeries, %d of them dropped unread: too few", total, dropped)
	}
}

// What leaves the machine must read clean to others: tshark finds no packet
// malformed, and every query has the flags, the question and the OPT it should.
func TestCapturedQueriesReadClean(t *testing.T) {
	t.Parallel()
	const names, probes = 1000, 3 // a few questions find out whether DO pays
	in := namespace(t)
	for _, tt := range []struct{ name, signed string }{
		{"as of a resolver", ""},
		{"of the zone's server", ""},
		{"of a zone with NSEC", "nsec"},
		{"of a zone with NSEC3", "nsec3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := rig.Sweep{In: in, Authority: tt.name != "as of a resolver"}
			if s.Authority {
				zone := rig.Knot{Names: names, Taken: dnstest.Taken[string], Signed: tt.signed, In: in}
				at, stop, err := zone.Start(t.Context(), t.TempDir(), netip.MustParseAddrPort("127.0.0.1:0"))
				must(t, err)
				t.Cleanup(stop)
				s.Server = at
			} else {
				s.Server = responder(t, in, 0).Addr
			}
			k, err := rig.StartCapture(t.Context(), in, s.Server.Port(), filepath.Join(t.TempDir(), "queries.pcap"))
			must(t, err)
			sweep(t, s, names)
			must(t, k.Stop())
			packets, err := k.Queries(t.Context(), s.Server.Port())
			must(t, err)
			q, err := rig.ReadQueries(packets, rig.Queried{Names: names, All: tt.signed == "", RD: !s.Authority})
			if err != nil {
				t.Error(err)
			}
			if pays := tt.signed != ""; pays && q.DO < names/2 || !pays && q.DO > probes || q.DO != q.EDNS {
				t.Errorf("DO was asked %d times, EDNS %d, of %d queries; it pays: %v", q.DO, q.EDNS, q.All, pays)
			}
		})
	}
}
