package dnsstage

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/miekg/dns"

	"vacant"
	"vacant/dnsstage/wire"
)

func pin(suffix string, servers ...string) map[string][]netip.AddrPort {
	return map[string][]netip.AddrPort{suffix: addrs(servers...)}
}

func toWire(tb testing.TB, name string) []byte {
	tb.Helper()
	w, err := wire.AppendWire(nil, name)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// The order of RFC 4034 section 6.1, and names drawn at random against a
// comparison of label lists.
func TestCanonicalOrder(t *testing.T) {
	inOrder := []string{"example", "a.example", "yljkjljk.a.example", "z.a.example", "zabc.a.example", "z.example", "*.z.example"}
	for i := range inOrder[1:] {
		if a, b := toWire(t, inOrder[i]), toWire(t, inOrder[i+1]); compareWire(a, b) >= 0 || compareWire(b, a) <= 0 || compareWire(a, a) != 0 {
			t.Errorf("%s does not come before %s", inOrder[i], inOrder[i+1])
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		a, b := randomLabels(rng), randomLabels(rng)
		want := slices.CompareFunc(backwards(a), backwards(b), strings.Compare)
		x, y := toWire(t, strings.Join(a, ".")), toWire(t, strings.Join(b, "."))
		if got := compareWire(x, y); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("%q against %q: %d, want %d", a, b, got, want)
		}
		if got, want := belowWire(x, y), dns.IsSubDomain(dns.Fqdn(strings.Join(b, ".")), dns.Fqdn(strings.Join(a, "."))); got != want {
			t.Fatalf("%q below %q: %v", a, b, got)
		}
	}
}

func randomLabels(rng *rand.Rand) []string {
	labels := make([]string, 1+rng.IntN(3))
	for i := range labels {
		labels[i] = randomText(rng, 1+rng.IntN(3), "*-0az")
	}
	return labels
}

func randomText(rng *rand.Rand, n int, letters string) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = letters[rng.IntN(len(letters))]
	}
	return string(text)
}

func backwards(labels []string) []string {
	labels = slices.Clone(labels)
	slices.Reverse(labels)
	return labels
}

// Keys that differ must order labels as their octets do; those of labels with
// a long beginning in common are equal, and conclude nothing.
func TestKeysOrderLabels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		a, b := randomText(rng, 1+rng.IntN(20), "\x00*-0az\xff"), randomText(rng, 1+rng.IntN(20), "*-0az")
		if rng.IntN(2) == 0 {
			b = a[:min(len(a), 17)] + b
		}
		if c := keyOf([]byte(a)).compare(keyOf([]byte(b))); c != 0 && c != strings.Compare(a, b) {
			t.Fatalf("%q against %q: %d", a, b, c)
		}
	}
}

// Whatever was added and forgotten, a range that is found is one that was
// added and holds the key, and the budget holds.
func TestSpanSetAgainstModel(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 7))
		budget := &spanBudget{max: 600}
		set, all := newSpanSet(budget), make(map[span]bool)
		other := newSpanSet(budget)
		for range 3_000 {
			from := key{hi: uint64(rng.IntN(2_000))}
			s := span{from: from, to: key{hi: from.hi + 1 + uint64(rng.IntN(3))}, until: rng.Uint32()}
			set.add(s)
			all[s] = true
			if set.find(s.from) == nil { // it, or one that it overlaps with
				t.Fatalf("seed %d: just added, not found", seed)
			}
			if rng.IntN(4) == 0 {
				other.add(span{from: key{lo: rng.Uint64()}, to: lastKey})
			}
			k := key{hi: uint64(rng.IntN(2_000))}
			if got := set.find(k); got != nil && (!all[*got] || k.less(got.from) || !k.less(got.to)) {
				t.Fatalf("seed %d: %v is not in %v", seed, k, *got)
			}
			if n := count(set) + count(other); budget.n > budget.max || n != budget.n {
				t.Fatalf("seed %d: %d ranges, counted as %d", seed, n, budget.n)
			}
		}
		set.free()
		if budget.n != count(other) {
			t.Errorf("seed %d: %d ranges after freeing", seed, budget.n)
		}
	}
}

func count(s *spanSet) (n int) {
	for i, p := range s.pages {
		n += len(p.spans)
		if !slices.IsSortedFunc(p.spans, func(a, b span) int { return a.from.compare(b.from) }) || s.firsts[i] != p.spans[0].from {
			panic("a page is out of order")
		}
	}
	return n
}

// Ranges that do not overlap are found from everywhere within, in any order of looking.
func TestSpanSetFindsEveryRange(t *testing.T) {
	budget := &spanBudget{max: maxSpans}
	set := newSpanSet(budget)
	rng := rand.New(rand.NewPCG(8, 9))
	const n = 10_000
	for _, i := range rng.Perm(n) {
		set.add(span{from: key{hi: uint64(4 * i)}, to: key{hi: uint64(4*i + 3)}})
	}
	look := func(i int) {
		t.Helper()
		for d := range 4 {
			k := key{hi: uint64(4*i + d)}
			if s := set.find(k); (s != nil) != (d < 3) || s != nil && s.from.hi != uint64(4*i) {
				t.Fatalf("%v: %v", k, s)
			}
			if ends := set.ends(k); ends != (d == 3) {
				t.Fatalf("%v ends a range: %v", k, ends)
			}
		}
	}
	for i := range n {
		look(i)
	}
	for range n {
		look(rng.IntN(n))
	}
}

func testDenial(tb testing.TB, suffix, origin string, p proofOfZone) *denial {
	tb.Helper()
	d, err := newDenial(suffix, origin, p, &spanBudget{max: maxSpans})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// What one NSEC record says of single labels below the suffix.
func TestNSECOfEveryKind(t *testing.T) {
	tests := []struct {
		name          string
		suffix        string // of zone example
		owner, next   string
		types         wire.TypeSet
		denied        []string
		open          []string
		cut           string
		worthNothing  bool
		withWholeAxis bool
	}{
		{name: "between two names", suffix: "example", owner: "b.example", next: "d.example", types: wire.HasNS, denied: []string{"bb", "c", "czz"}, open: []string{"a", "b", "d", "da"}, cut: "b"},
		{name: "next lies below an empty non-terminal", suffix: "example", owner: "b.example", next: "x.c.example", denied: []string{"bb"}, open: []string{"b", "c", "ca"}},
		{name: "owner lies below a name", suffix: "example", owner: "x.b.example", next: "d.example", denied: []string{"bb", "c"}, open: []string{"b", "d"}},
		{name: "both lie below the same name", suffix: "example", owner: "x.b.example", next: "y.b.example", worthNothing: true},
		{name: "the apex", suffix: "example", owner: "example", next: "b.example", types: wire.HasNS | wire.HasSOA, denied: []string{"*", "a", "az"}, open: []string{"b", "c"}},
		{name: "the last of the zone", suffix: "example", owner: "x.example", next: "example", denied: []string{"xa", "z"}, open: []string{"x", "w"}},
		{name: "alone in the zone", suffix: "example", owner: "example", next: "example", types: wire.HasNS | wire.HasSOA, denied: []string{"*", "a", "z"}},
		{name: "a cut with a DS record, so with a zone of its own", suffix: "example", owner: "b.example", next: "d.example", types: wire.HasNS, denied: []string{"c"}, cut: "b"},
		{name: "a child's apex, not a cut", suffix: "example", owner: "b.example", next: "d.example", types: wire.HasNS | wire.HasSOA, worthNothing: true},
		{name: "the parent's side of the zone", suffix: "example", owner: "example", next: "b.example", types: wire.HasNS, worthNothing: true},
		{name: "a sibling zone's", suffix: "example", owner: "b.other", next: "d.other", worthNothing: true},
		{name: "owner outside", suffix: "example", owner: "other", next: "d.example", worthNothing: true},
		{name: "next outside", suffix: "example", owner: "b.example", next: "other", worthNothing: true},
		{name: "backwards", suffix: "example", owner: "d.example", next: "b.example", worthNothing: true},
		{name: "an end of itself", suffix: "example", owner: "d.example", next: "d.example", worthNothing: true},
		{name: "a label that is not whole in its key", suffix: "example", owner: "abcdefghijklmnopq.example", next: "d.example", types: wire.HasNS, denied: []string{"b"}, open: []string{"abcdefghijklmnop", "abcdefghijklmnopz"}},
		{name: "epsilon of RFC 4470", suffix: "example", owner: "bzz~.example", next: "ca\\000.example"[:2] + ".example", types: 0, denied: []string{"c"}, open: []string{"b", "cb"}},

		{name: "a suffix inside the zone", suffix: "co.example", owner: "b.co.example", next: "d.co.example", types: wire.HasNS, denied: []string{"c"}, open: []string{"a", "d"}, cut: "b"},
		{name: "from the suffix itself", suffix: "co.example", owner: "co.example", next: "d.co.example", denied: []string{"*", "c"}, open: []string{"d"}},
		{name: "to the next name behind the suffix", suffix: "co.example", owner: "b.co.example", next: "d.example", denied: []string{"c", "z"}, open: []string{"b", "a"}},
		{name: "up to a suffix that is an empty non-terminal", suffix: "co.example", owner: "a.example", next: "d.co.example", denied: []string{"*", "c"}, open: []string{"d"}},
		{name: "over a suffix that does not exist", suffix: "co.example", owner: "a.example", next: "d.example", worthNothing: true},
		{name: "the suffix is a cut", suffix: "co.example", owner: "co.example", next: "d.example", types: wire.HasNS, worthNothing: true},
		{name: "the suffix is a DNAME", suffix: "co.example", owner: "co.example", next: "d.example", types: wire.HasDNAME, worthNothing: true},
		{name: "an ancestor is a cut", suffix: "x.co.example", owner: "co.example", next: "b.x.co.example", types: wire.HasNS, worthNothing: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := testDenial(t, tt.suffix, "example", proofOfZone{kind: proofNSEC})
			e := &wire.Denial{Type: wire.TypeNSEC, TTL: 60, Owner: toWire(t, tt.owner), Next: toWire(t, tt.next), Types: tt.types}
			l, ok := d.project(e, 1000)
			if ok == tt.worthNothing {
				t.Fatalf("used: %v (%v to %v)", ok, l.from, l.to)
			}
			if !ok {
				return
			}
			for _, label := range tt.denied {
				if !l.covers(keyOf([]byte(label))) {
					t.Errorf("%s is not denied", label)
				}
			}
			for _, label := range tt.open {
				if l.covers(keyOf([]byte(label))) {
					t.Errorf("%s is denied", label)
				}
			}
			if l.cut != (tt.cut != "") || l.cut && l.from != keyOf([]byte(tt.cut)) {
				t.Errorf("cut %v at %v, want %q", l.cut, l.from, tt.cut)
			}
		})
	}
}

func TestNSEC3OfEveryKind(t *testing.T) {
	salt := []byte{0xab, 0xcd}
	good := func() *wire.Denial {
		e := &wire.Denial{Type: wire.TypeNSEC3, TTL: 60, Owner: toWire(t, "example"), Iterations: 3, Salt: salt, Types: wire.HasNS}
		copy(e.OwnerHash[:], rawHash(dns.HashName("b.example.", dns.SHA1, 3, "abcd")))
		e.NextHash = e.OwnerHash
		e.NextHash[0]++
		return e
	}
	tests := []struct {
		name   string
		change func(e *wire.Denial)
		used   bool
	}{
		{"as it should be", func(*wire.Denial) {}, true},
		{"opt-out", func(e *wire.Denial) { e.Flags = wire.OptOut }, false},
		{"an unknown flag", func(e *wire.Denial) { e.Flags = 2 }, false},
		{"other iterations", func(e *wire.Denial) { e.Iterations = 2 }, false},
		{"another salt", func(e *wire.Denial) { e.Salt = []byte{1} }, false},
		{"another zone", func(e *wire.Denial) { e.Owner = toWire(t, "other") }, false},
		{"NSEC in a zone of NSEC3", func(e *wire.Denial) { e.Type, e.Next = wire.TypeNSEC, toWire(t, "z.example") }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := testDenial(t, "example", "example", proofOfZone{kind: proofNSEC3, iterations: 3, salt: salt})
			e := good()
			tt.change(e)
			if l, ok := d.project(e, 1000); ok != tt.used || ok && (!l.cut || l.from != d.key([]byte("b"))) {
				t.Errorf("used: %v, %+v", ok, l)
			}
		})
	}
}

// One range is no NXDOMAIN: it takes the proof that no wildcard applies, and
// with NSEC3 that the suffix exists.
func TestNoNXDomainWithoutTheWholeProof(t *testing.T) {
	b := &vacant.Batch{}
	b.AppendName("c.example", 0)
	j := &job{batch: b}
	d := testDenial(t, "example", "example", proofOfZone{kind: proofNSEC})
	learn := func(owner, next string, types wire.TypeSet, now uint32) {
		l, ok := d.project(&wire.Denial{Type: wire.TypeNSEC, TTL: 60, Owner: toWire(t, owner), Next: toWire(t, next), Types: types}, now)
		if !ok {
			t.Fatal("not used")
		}
		d.add(l)
	}
	judge := func(now uint32) vacant.Status {
		status, _ := d.judge(d.key([]byte("c")), j, 0, now)
		return status
	}
	learn("b.example", "d.example", wire.HasNS, 100)
	if got := judge(100); got != vacant.StatusUnasked {
		t.Errorf("without a proof about the wildcard: %s", got)
	}
	learn("example", "a.example", wire.HasNS|wire.HasSOA, 90)
	if got := judge(100); got != vacant.StatusNXDomain {
		t.Errorf("with it: %s", got)
	}
	if got := judge(155); got != vacant.StatusUnasked {
		t.Errorf("the wildcard's proof is too old: %s", got)
	}
	learn("example", "a.example", wire.HasNS|wire.HasSOA, 155)
	if got := judge(165); got != vacant.StatusUnasked {
		t.Errorf("the range is too old: %s", got)
	}
}

// randomZone draws a small zone with all that is awkward in it.
func randomZone(rng *rand.Rand) *signedZone {
	z := newSignedZone("zone")
	label := func() string { return randomText(rng, 1+rng.IntN(2), "abcd") }
	for range rng.IntN(12) {
		z.add(label()+".zone", dns.TypeNS)
	}
	for range rng.IntN(6) {
		z.add(label()+".zone", dns.TypeNS, dns.TypeDS)
	}
	for range rng.IntN(3) {
		z.add(label()+"."+label()+".zone", dns.TypeTXT) // perhaps below an empty non-terminal, perhaps glue
	}
	for range rng.IntN(3) {
		z.add(label()+"."+label()+".zone", dns.TypeNS) // a cut below one
	}
	for range rng.IntN(3) {
		z.add(label()+".zone", dns.TypeA)
	}
	if rng.IntN(3) == 0 {
		z.add(label()+".zone", dns.TypeDNAME)
	}
	if rng.IntN(4) == 0 {
		z.add("*."+label()+".zone", dns.TypeTXT)
	}
	if rng.IntN(6) == 0 {
		z.add("*.zone", dns.TypeTXT)
	}
	z.nsec3 = rng.IntN(2) == 0
	z.optOut = z.nsec3 && rng.IntN(3) == 0
	if z.nsec3 && rng.IntN(2) == 0 {
		z.iterations, z.salt = uint16(rng.IntN(4)), "c0ffee"
	}
	return z
}

func allCandidates(letters string) []string {
	var all []string
	for _, a := range letters {
		all = append(all, string(a)+".zone")
		for _, b := range letters {
			all = append(all, string(a)+string(b)+".zone")
			for _, c := range letters {
				all = append(all, string(a)+string(b)+string(c)+".zone")
			}
		}
	}
	return all
}

// In any zone, with and without its proofs, every name ends as it is.
func TestStatusesAreTheZonesWithAndWithoutDenials(t *testing.T) {
	zones := 120
	if testing.Short() {
		zones = 30
	}
	spared := 0
	for seed := range uint64(zones) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 11))
			z := randomZone(rng)
			names := allCandidates("abcd")
			if rng.IntN(2) == 0 {
				rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			}
			with := statusesOf(t, z, names, seed, false)
			without := statusesOf(t, z, names, seed, true)
			if without.Synthesised != 0 {
				t.Errorf("seed %d: %d names settled without a query, against the configuration", seed, without.Synthesised)
			}
			if z.optOut && with.Synthesised != 0 {
				t.Errorf("seed %d: %d names settled by opt-out ranges", seed, with.Synthesised)
			}
			spared += int(with.Synthesised)
		})
	}
	if spared < 20*zones {
		t.Errorf("%d zones, and only %d names were settled without a query", zones, spared)
	}
}

// statusesOf runs the names through a stage of its own and compares each with the zone.
func statusesOf(t *testing.T, z *signedZone, names []string, seed uint64, noDenial bool) Stats {
	t.Helper()
	n := newFakeNet()
	n.rng = rand.New(rand.NewPCG(seed, 12))
	server, cfg := n.serveSigned(z)
	if seed%4 == 0 {
		server.loss = 0.1
	}
	cfg.NoDenial, cfg.Seed = noDenial, seed+1
	s := n.stage(t, cfg)
	defer closeStage(t, s)
	got := answers(t, s, names...)
	for _, name := range names {
		a := got[name]
		want := z.status(name)
		if a.Status != want {
			t.Errorf("seed %d, denials off: %v: %s is %s (flags %b), want %s in %v", seed, noDenial, name, a.Status, a.Flags, want, z)
		}
		if synth := a.Has(vacant.FlagSynthetic); synth && a.Has(vacant.FlagProven) || a.Status == vacant.StatusNXDomain && !synth && !a.Has(vacant.FlagProven) {
			t.Errorf("seed %d: %s has flags %b", seed, name, a.Flags)
		}
	}
	return s.Stats()
}

// However many candidates there are, a zone of R names costs about R+1 queries,
// in any order of asking.
func TestQueriesAreBoundedByTheZone(t *testing.T) {
	for _, nsec3 := range []bool{false, true} {
		for _, shuffled := range []bool{false, true} {
			t.Run(fmt.Sprintf("nsec3=%v shuffled=%v", nsec3, shuffled), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					rng := rand.New(rand.NewPCG(1, 13))
					z := newSignedZone("zone")
					z.nsec3 = nsec3
					var names []string
					for i := range 26 * 26 * 26 {
						names = append(names, string([]byte{'a' + byte(i/676), 'a' + byte(i/26%26), 'a' + byte(i%26)})+".zone")
					}
					for _, i := range rng.Perm(len(names))[:200] {
						z.add(names[i], dns.TypeNS)
						if i%3 == 0 {
							z.add(names[i], dns.TypeDS)
						}
					}
					z.fix()
					if shuffled {
						rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
					}
					st := statusesOf(t, z, names, 1, false)
					t.Logf("%d asked, %d settled without, %d delegated", st.Asked, st.Synthesised, st.SynthesisedDelegated)
					if limit := 2.2*201 + probes + 3; float64(st.Asked) > limit {
						t.Errorf("%d queries for %d names in a zone of 200, want at most %.0f", st.Asked, len(names), limit)
					}
					if st.Asked+st.Synthesised < uint64(len(names)) {
						t.Errorf("%d asked and %d settled without a query of %d", st.Asked, st.Synthesised, len(names))
					}
				})
			})
		}
	}
}

// A single name is asked itself, whatever is known of its range.
func TestAskIsNeverAnsweredFromARange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newSignedZone("zone")
		z.add("m.zone", dns.TypeNS)
		n := newFakeNet()
		_, cfg := n.serveSigned(z)
		s := n.stage(t, cfg)
		defer closeStage(t, s)
		got := answers(t, s, allCandidates("abc")...)
		if !got["ab.zone"].Has(vacant.FlagSynthetic) && !got["abc.zone"].Has(vacant.FlagSynthetic) {
			t.Fatal("no range was used")
		}
		p, err := s.Ask(t.Context(), "ab.zone")
		if err != nil || p.Status != vacant.StatusNXDomain || p.Flags != vacant.FlagProven {
			t.Errorf("Ask = %+v, %v", p, err)
		}
	})
}

// hostile changes what the server of a zone says with DO set.
func hostile(z *signedZone, change func(q *wire.Query, m *dns.Msg)) func(q *wire.Query, m *dns.Msg) {
	return func(q *wire.Query, m *dns.Msg) {
		z.answer(q, m)
		if q.DO {
			change(q, m)
		}
	}
}

// nsecFor replaces the denials of a message.
func nsecFor(m *dns.Msg, records ...string) {
	m.Ns = slices.DeleteFunc(m.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeNSEC || rr.Header().Rrtype == dns.TypeNSEC3 })
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		m.Ns = append(m.Ns, rr)
	}
}

// Records that do not belong there deny nothing that the zone has.
func TestDenialsThatDoNotBelongThere(t *testing.T) {
	const everyHash = "00000000000000000000000000000001.zone. 60 IN NSEC3 %s vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv A"
	tests := map[string]func(q *wire.Query, m *dns.Msg){
		"a sibling zone's NSEC": func(_ *wire.Query, m *dns.Msg) { nsecFor(m, "a.other. 60 IN NSEC z.other. A") },
		"an owner outside the zone": func(_ *wire.Query, m *dns.Msg) {
			nsecFor(m, "other. 60 IN NSEC zz.zone. A", "a. 60 IN NSEC zzz.zone. NS")
		},
		"a next name outside the zone":      func(_ *wire.Query, m *dns.Msg) { nsecFor(m, "a.zone. 60 IN NSEC zzzz. NS") },
		"a range that ends before it began": func(_ *wire.Query, m *dns.Msg) { nsecFor(m, "z.zone. 60 IN NSEC a.zone. NS") },
		"the parent's NSEC of the zone":     func(_ *wire.Query, m *dns.Msg) { nsecFor(m, "zone. 60 IN NSEC zzz.zone. NS DS") },
		"a child's apex": func(_ *wire.Query, m *dns.Msg) {
			nsecFor(m, "a.zone. 60 IN NSEC z.a.zone. NS SOA", "a.zone. 60 IN NSEC zz.zone. NS SOA")
		},
		"NSEC3 of an unknown algorithm": func(_ *wire.Query, m *dns.Msg) { nsecFor(m, fmt.Sprintf(everyHash, "7 0 0 -")) },
		"NSEC3 with opt-out":            func(_ *wire.Query, m *dns.Msg) { nsecFor(m, fmt.Sprintf(everyHash, "1 1 0 -")) },
		"NSEC3 of many iterations":      func(_ *wire.Query, m *dns.Msg) { nsecFor(m, fmt.Sprintf(everyHash, "1 0 101 -")) },
		"NSEC3 with a hash too long": func(_ *wire.Query, m *dns.Msg) {
			nsecFor(m, "00000000000000000000000000000001.zone. 60 IN NSEC3 1 0 0 - vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv A")
		},
		"a range under another zone's SOA": func(_ *wire.Query, m *dns.Msg) {
			for _, rr := range m.Ns {
				if rr.Header().Rrtype == dns.TypeSOA {
					rr.Header().Name = "other."
				}
			}
		},
		"white lies (RFC 4470)": func(q *wire.Query, m *dns.Msg) {
			if m.Rcode == dns.RcodeNameError {
				label, _, _ := strings.Cut(string(q.Name), ".")
				nsecFor(m, fmt.Sprintf("%s~.zone. 60 IN NSEC %s!.zone. RRSIG NSEC", label[:len(label)-1]+string(label[len(label)-1]-1), label), "zone. 60 IN NSEC !.zone. NS SOA")
			}
		},
		"black lies (RFC 9824)": func(q *wire.Query, m *dns.Msg) {
			if m.Rcode == dns.RcodeNameError {
				m.Rcode = dns.RcodeSuccess
				nsecFor(m, fmt.Sprintf("%s. 60 IN NSEC \\000.%s. RRSIG NSEC TYPE128", q.Name, q.Name))
			}
		},
		"everything at once, and too much": func(q *wire.Query, m *dns.Msg) {
			for i := range 40 {
				m.Ns = append(m.Ns, &dns.NSEC{Hdr: header(fmt.Sprintf("x%d.other", i), dns.TypeNSEC), NextDomain: "zzz.other."})
			}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := newSignedZone("zone")
				for _, label := range []string{"ab", "b", "bcd", "ca", "dd", "dda"} {
					z.add(label+".zone", dns.TypeNS)
				}
				n := newFakeNet()
				server, cfg := n.serveSigned(z)
				server.mangle = hostile(z, change)
				s := n.stage(t, cfg)
				defer closeStage(t, s)
				names := allCandidates("abcd")
				got := answers(t, s, names...)
				for _, name := range names {
					want := z.status(name)
					if got[name].Status != want && (want != vacant.StatusNXDomain || got[name].Status != vacant.StatusNodata) {
						t.Errorf("%s is %s, want %s", name, got[name].Status, want)
					}
				}
			})
		})
	}
}

// Servers that start to lie, or to answer too large, once the zone was probed.
// Names that are asked by themselves, as a hunt does before it asks a registry,
// spare nobody's query; that is no reason to give denials up.
func TestSingleNamesDoNotEndDenials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := newSignedZone("zone")
		z.add("m.zone", dns.TypeNS)
		n := newFakeNet()
		_, cfg := n.serveSigned(z)
		s := n.stage(t, cfg)
		defer closeStage(t, s)
		answers(t, s, "a.zone")
		for i := range paysSample + 1 {
			if _, err := s.Ask(t.Context(), vacant.Name(fmt.Sprintf("n%d.zone", i))); err != nil {
				t.Fatal(err)
			}
		}
		if got := answers(t, s, "b.zone")["b.zone"]; !got.Has(vacant.FlagSynthetic) {
			t.Errorf("flags %b: no range is used any more", got.Flags)
		}
	})
}

func TestDenialsAreGivenUp(t *testing.T) {
	delegated := []string{"ab", "b", "bcd", "ca", "dd", "dda"}
	tests := map[string]func(z *signedZone, q *wire.Query, m *dns.Msg){
		"a range over what is delegated": func(z *signedZone, q *wire.Query, m *dns.Msg) {
			if m.Rcode == dns.RcodeNameError && bytes.Compare(q.Name, []byte("c")) > 0 {
				return
			}
			nsecFor(m)
		},
		"replies too large for UDP": func(_ *signedZone, q *wire.Query, m *dns.Msg) {
			m.Truncated = !q.TCP && len(q.Name) < probeLength
		},
		"empty truncation, as rate limiters do": func(_ *signedZone, q *wire.Query, m *dns.Msg) {
			if m.Truncated = !q.TCP && len(q.Name) < probeLength; m.Truncated {
				m.Answer, m.Ns = nil, nil
			}
		},
		"FORMERR to EDNS": func(_ *signedZone, q *wire.Query, m *dns.Msg) {
			if len(q.Name) < probeLength {
				m.Rcode, m.Ns, m.Answer = dns.RcodeFormatError, nil, nil
			}
		},
		"no proofs any more": func(_ *signedZone, q *wire.Query, m *dns.Msg) {
			if len(q.Name) < probeLength {
				nsecFor(m)
			}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := newSignedZone("zone")
				for _, label := range delegated {
					z.add(label+".zone", dns.TypeNS)
				}
				n := newFakeNet()
				server, cfg := n.serveSigned(z)
				server.mangle = hostile(z, func(q *wire.Query, m *dns.Msg) { change(z, q, m) })
				s := n.stage(t, cfg)
				defer closeStage(t, s)
				want := make(map[string]vacant.Status)
				for _, name := range allCandidates("abcd") {
					want[name] = z.status(name)
				}
				for name, a := range answers(t, s, allCandidates("abcd")...) {
					if a.Status != want[name] {
						t.Errorf("%s is %s, want %s", name, a.Status, want[name])
					}
				}
			})
		})
	}
}
