package pipeline

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/generator"
	"vacant/rdapstage"
)

// silentAddr returns an address at which nobody ever answers.
func silentAddr(t *testing.T) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return netip.MustParseAddrPort(c.LocalAddr().String())
}

// Where nobody can be asked, every entrance says so instead of giving verdicts.
func TestNoWayToAskIsAnErrorOfItsOwn(t *testing.T) {
	dead := dnsstage.Config{Roots: []netip.AddrPort{silentAddr(t)}, Via: dnsstage.ViaAuthority, Timeout: 200 * time.Millisecond}
	names := generator.Config{Names: []string{"a.com"}, Suffixes: vacant.NewSuffixes()}
	emit := func(r vacant.Result) error { t.Errorf("%s was called %v", r.Name, r.Verdict()); return nil }
	t.Run("check", func(t *testing.T) {
		if err := Check(t.Context(), CheckConfig{DNS: dead}, []vacant.Name{"a.com"}, emit); !errors.Is(err, ErrNoWay) {
			t.Error(err)
		}
	})
	t.Run("dns", func(t *testing.T) {
		r, err := OpenDNS(DNSConfig{Generator: names, DNS: dead})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		s, err := r.Run(t.Context(), func(*vacant.Batch) error { t.Error("a batch came"); return nil })
		if !errors.Is(err, ErrNoWay) || s.End != EndFailed {
			t.Errorf("%v, ended with %q", err, s.End)
		}
	})
	t.Run("hunt", func(t *testing.T) {
		h, err := Open(t.Context(), Config{Generator: names, DNS: dead, StorePath: t.TempDir() + "/v.db", Emit: emit})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = h.Close() }()
		s, err := h.Run(t.Context())
		if !errors.Is(err, ErrNoWay) || s.End != EndFailed || s.Counts.Generated != 0 {
			t.Errorf("%v, ended with %q, %d candidates taken", err, s.End, s.Counts.Generated)
		}
	})
}

// check gives the truth about each name, in the order asked, at the cost the documents state.
func TestCheckTellsTheTruthInOrder(t *testing.T) {
	l, err := lab.Start(t.Context(), lab.Config{TLDs: []string{"com", "io"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cfg := CheckConfig{
		DNS: dnsstage.Config{Roots: l.Roots()}, World: l.World(),
		RDAP: rdapstage.Config{Bootstrap: l.BootstrapURL(), RDAPServers: l.Unlisted(), WHOISServers: l.WHOIS(), SecondSource: l.SecondSource()},
	}
	var names, got []vacant.Name
	for _, label := range []string{"baba", "bebe", "bibi", "bobo", "bubu", "caca", "dada", "fafa", "nic", "zazazazazazazazazaza"} {
		names = append(names, vacant.Name(label+".io"), vacant.Name(label+".com"))
	}
	err = Check(t.Context(), cfg, names, func(r vacant.Result) error {
		got = append(got, r.Name)
		if truth := l.Truth(string(r.Name)); truth.Verdict != r.Verdict().String() {
			t.Errorf("%s is called %v (%s), is %s", r.Name, r.Verdict(), r.Reason(), truth.Verdict)
		}
		if len(r.Evidence) == 0 {
			t.Errorf("%s comes without evidence", r.Name)
		}
		return nil
	})
	if err != nil || len(got) != len(names) {
		t.Fatalf("%d of %d verdicts, %v", len(got), len(names), err)
	}
	for i := range got {
		if got[i] != names[i] {
			t.Fatalf("verdict %d is about %s, not %s", i, got[i], names[i])
		}
	}
}

// One check costs three questions to the registry, four on a suffix's first day.
func TestCheckCostsThreeQuestions(t *testing.T) {
	l, err := lab.Start(t.Context(), lab.Config{TLDs: []string{"com"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cfg := CheckConfig{
		DNS: dnsstage.Config{Roots: l.Roots()}, World: l.World(), BudgetPath: t.TempDir() + "/budget.db",
		RDAP: rdapstage.Config{Bootstrap: l.BootstrapURL(), NoWHOIS: true},
	}
	asked := func() (n uint64) {
		for _, o := range l.Stats().Operators {
			n += o.RDAP
		}
		return n
	}
	for day, most := range []uint64{4, 3, 3} {
		before := asked()
		err := Check(t.Context(), cfg, []vacant.Name{"zazazazazazazazazaza.com"}, func(r vacant.Result) error {
			if r.Verdict() != vacant.Available {
				t.Errorf("a free name is called %v (%s)", r.Verdict(), r.Reason())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := asked() - before; n > most {
			t.Errorf("check %d cost %d questions, want at most %d", day+1, n, most)
		}
	}
}
