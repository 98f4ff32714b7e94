package dnsstage

import (
	"fmt"
	"testing"

	"vacant"
	"vacant/dnsstage/wire"
)

// reading is what a reply to foo.com, put to com, must be read as.
type reading struct {
	name string
	msg  wire.Message
	want string
}

// show writes a ruling in the words of the tables.
func show(v ruling) string {
	switch v.act {
	case settle:
		return fmt.Sprintf("%s %s", v.status, flagWords(v.flags))
	case overTCP:
		return "tcp"
	case learnCut:
		return "cut"
	}
	return "useless: " + v.cause.String()
}

func flagWords(flags uint8) string {
	words := ""
	for i, letter := range "wrasp" { // wildcard resolver address synthetic proven
		if flags&(1<<i) != 0 {
			words += string(letter)
		}
	}
	return words
}

const (
	typeCNAME uint16 = 5
	typeDNAME uint16 = 39
)

func b(name string) []byte { return append([]byte{}, name...) }

func TestRepliesOfTheZonesServersAreRead(t *testing.T) {
	const nonsense = "useless: answers that make no sense"
	for _, tt := range []reading{
		{"referral for the name", wire.Message{NSOwner: b("foo.com")}, "taken "},
		{"referral for the name with AA", wire.Message{AA: true, NSOwner: b("foo.com")}, "taken "},
		{"referral of a server that sets RA", wire.Message{RA: true, NSOwner: b("foo.com")}, "taken "},
		{"NS answer of a server of parent and child", wire.Message{AA: true, Answers: 2, AnswerNS: true, AnswerType: wire.TypeNS}, "taken "},
		{"NS answer from a cache", wire.Message{Answers: 2, AnswerNS: true, AnswerType: wire.TypeNS}, nonsense},
		{"NS answer owned by another name", wire.Message{AA: true, Answers: 1}, nonsense},
		{"the child's SOA", wire.Message{AA: true, SOAOwner: b("foo.com")}, "taken "},
		{"upward referral to the root", wire.Message{NSOwner: b("")}, nonsense},
		{"referral to the zone itself", wire.Message{NSOwner: b("com")}, nonsense},
		{"sideways referral", wire.Message{NSOwner: b("bar.com")}, nonsense},
		{"referral below the name", wire.Message{NSOwner: b("x.foo.com")}, nonsense},
		{"referral to a name that only ends alike", wire.Message{NSOwner: b("oo.com")}, nonsense},
		{"referral with an SOA", wire.Message{NSOwner: b("foo.com"), SOAOwner: b("com")}, nonsense},
		{"NXDOMAIN", wire.Message{AA: true, Rcode: 3, SOAOwner: b("com")}, "nxdomain p"},
		{"NXDOMAIN without AA", wire.Message{Rcode: 3, SOAOwner: b("com")}, nonsense},
		{"NXDOMAIN without SOA", wire.Message{AA: true, Rcode: 3}, nonsense},
		{"NXDOMAIN of the root", wire.Message{AA: true, Rcode: 3, SOAOwner: b("")}, nonsense},
		{"NXDOMAIN of another zone", wire.Message{AA: true, Rcode: 3, SOAOwner: b("net")}, nonsense},
		{"NXDOMAIN of the name's own zone", wire.Message{AA: true, Rcode: 3, SOAOwner: b("foo.com")}, nonsense},
		{"NXDOMAIN behind a CNAME", wire.Message{AA: true, Rcode: 3, Answers: 1, AnswerType: typeCNAME, SOAOwner: b("net")}, "nodata a"},
		{"NXDOMAIN with an answer of another name", wire.Message{AA: true, Rcode: 3, Answers: 1, SOAOwner: b("com")}, nonsense},
		{"NODATA", wire.Message{AA: true, SOAOwner: b("com")}, "nodata "},
		{"NODATA with the zone's NS set", wire.Message{AA: true, SOAOwner: b("com"), NSOwner: b("com")}, "nodata "},
		{"NODATA without AA", wire.Message{SOAOwner: b("com")}, nonsense},
		{"NODATA without SOA", wire.Message{AA: true}, nonsense},
		{"NODATA of the root", wire.Message{AA: true, SOAOwner: b("")}, nonsense},
		{"CNAME", wire.Message{AA: true, Answers: 1, AnswerType: typeCNAME}, "nodata a"},
		{"address", wire.Message{AA: true, Answers: 1, AnswerType: wire.TypeA}, "nodata a"},
		{"DNAME of an ancestor alone", wire.Message{AA: true, Answers: 1}, nonsense},
		{"nothing at all", wire.Message{}, nonsense},
		{"FORMERR", wire.Message{Rcode: 1}, "useless: SERVFAIL"},
		{"SERVFAIL", wire.Message{Rcode: 2}, "useless: SERVFAIL"},
		{"NOTIMP", wire.Message{Rcode: 4}, "useless: SERVFAIL"},
		{"REFUSED", wire.Message{Rcode: 5}, "useless: REFUSED"},
		{"REFUSED with a full NXDOMAIN", wire.Message{AA: true, Rcode: 5, SOAOwner: b("com")}, "useless: REFUSED"},
		{"YXDOMAIN", wire.Message{AA: true, Rcode: 6, SOAOwner: b("com")}, nonsense},
		{"NOTAUTH", wire.Message{Rcode: 9}, "useless: REFUSED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := question{name: b("foo.com"), origin: "com"}
			if got := show(judge(&q, &wire.Reply{Message: tt.msg})); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRepliesBelowASecondLevelSuffixAreRead(t *testing.T) {
	const nonsense = "useless: answers that make no sense"
	for _, tt := range []struct {
		name, origin string
		msg          wire.Message
		want         string
	}{
		{"the TLD's SOA where the suffix is no cut", "uk", wire.Message{AA: true, Rcode: 3, SOAOwner: b("uk")}, "nxdomain p"},
		{"the suffix's SOA where it is a zone on the same servers", "uk", wire.Message{AA: true, Rcode: 3, SOAOwner: b("co.uk")}, "nxdomain p"},
		{"the TLD's SOA where the suffix is a cut", "co.uk", wire.Message{AA: true, Rcode: 3, SOAOwner: b("uk")}, nonsense},
		{"referral to the suffix", "uk", wire.Message{NSOwner: b("co.uk")}, "cut"},
		{"referral to the suffix from its own servers", "co.uk", wire.Message{NSOwner: b("co.uk")}, nonsense},
		{"referral to the suffix with AA", "uk", wire.Message{AA: true, NSOwner: b("co.uk")}, nonsense},
		{"referral to the TLD", "co.uk", wire.Message{NSOwner: b("uk")}, nonsense},
		{"NXDOMAIN dressed as a referral", "uk", wire.Message{Rcode: 3, NSOwner: b("co.uk")}, nonsense},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := question{name: b("foo.co.uk"), origin: tt.origin}
			if got := show(judge(&q, &wire.Reply{Message: tt.msg})); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRepliesOfWildcardZonesAreRead(t *testing.T) {
	for _, tt := range []reading{
		{"referral", wire.Message{NSOwner: b("foo.com")}, "taken "},
		{"NODATA stands in for NXDOMAIN", wire.Message{AA: true, SOAOwner: b("com")}, "nodata wp"},
		{"a synthesised CNAME proves nothing", wire.Message{AA: true, Answers: 1, AnswerType: typeCNAME}, "nodata wa"},
		{"NXDOMAIN all the same", wire.Message{AA: true, Rcode: 3, SOAOwner: b("com")}, "nxdomain p"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := question{name: b("foo.com"), origin: "com", wildcard: true}
			if got := show(judge(&q, &wire.Reply{Message: tt.msg})); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRepliesOfResolversAreRead(t *testing.T) {
	const nonsense = "useless: answers that make no sense"
	for _, tt := range []reading{
		{"NS answer", wire.Message{RA: true, Answers: 2, AnswerNS: true, AnswerType: wire.TypeNS}, "taken r"},
		{"NS answer with AA", wire.Message{RA: true, AA: true, Answers: 2, AnswerNS: true, AnswerType: wire.TypeNS}, "taken r"},
		{"NS answer without RA", wire.Message{Answers: 2, AnswerNS: true}, nonsense},
		{"referral", wire.Message{RA: true, NSOwner: b("foo.com")}, "taken r"},
		{"NXDOMAIN", wire.Message{RA: true, Rcode: 3, SOAOwner: b("com")}, "nxdomain rp"},
		{"NXDOMAIN without RA", wire.Message{Rcode: 3, SOAOwner: b("com")}, nonsense},
		{"NXDOMAIN without SOA", wire.Message{RA: true, Rcode: 3}, nonsense},
		{"NXDOMAIN of the root", wire.Message{RA: true, Rcode: 3, SOAOwner: b("")}, nonsense},
		{"NXDOMAIN of another zone", wire.Message{RA: true, Rcode: 3, SOAOwner: b("net")}, nonsense},
		{"NXDOMAIN of the name's own broken server", wire.Message{RA: true, Rcode: 3, SOAOwner: b("foo.com")}, "taken r"},
		{"NXDOMAIN of something below the name", wire.Message{RA: true, Rcode: 3, SOAOwner: b("x.foo.com")}, "taken r"},
		{"NXDOMAIN with an answer", wire.Message{RA: true, Rcode: 3, Answers: 1, SOAOwner: b("com")}, nonsense},
		{"NXDOMAIN behind a CNAME", wire.Message{RA: true, Rcode: 3, Answers: 1, AnswerType: typeCNAME}, "nodata ra"},
		{"the name is a zone apex", wire.Message{RA: true, SOAOwner: b("foo.com")}, "taken r"},
		{"NODATA", wire.Message{RA: true, SOAOwner: b("com")}, "nodata r"},
		{"NODATA without SOA", wire.Message{RA: true}, nonsense},
		{"address", wire.Message{RA: true, Answers: 1, AnswerType: wire.TypeA}, "nodata ra"},
		{"CNAME chain to elsewhere", wire.Message{RA: true, Answers: 2, AnswerType: typeCNAME}, "nodata ra"},
		{"DNAME alone", wire.Message{RA: true, Answers: 1}, nonsense},
		{"SERVFAIL", wire.Message{RA: true, Rcode: 2}, "useless: SERVFAIL"},
		{"REFUSED", wire.Message{RA: true, Rcode: 5}, "useless: REFUSED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := question{name: b("foo.com"), origin: "com", resolver: true}
			if got := show(judge(&q, &wire.Reply{Message: tt.msg})); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAResolverThatNeverSaysNXDOMAINOnlyTellsWhatIsDelegated(t *testing.T) {
	for _, tt := range []reading{
		{"NS answer", wire.Message{RA: true, Answers: 1, AnswerNS: true}, "taken r"},
		{"NXDOMAIN", wire.Message{RA: true, Rcode: 3, SOAOwner: b("com")}, "useless: answers that make no sense"},
		{"NODATA", wire.Message{RA: true, SOAOwner: b("com")}, "useless: answers that make no sense"},
		{"address", wire.Message{RA: true, Answers: 1, AnswerType: wire.TypeA}, "useless: answers that make no sense"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := question{name: b("foo.com"), origin: "com", resolver: true, wildcard: true}
			if got := show(judge(&q, &wire.Reply{Message: tt.msg})); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOutcomesWithoutAReplyAreRead(t *testing.T) {
	for _, tt := range []struct {
		outcome wire.Outcome
		tcp     bool
		want    string
	}{
		{wire.TimedOut, false, "useless: silence"},
		{wire.Unreachable, false, "useless: no way there"},
		{wire.Truncated, false, "tcp"},
		{wire.Truncated, true, "useless: answers that make no sense"},
		{wire.Suspicious, false, "tcp"},
		{wire.Malformed, false, "useless: answers that make no sense"},
	} {
		// The message would settle the name if it were read.
		r := wire.Reply{Outcome: tt.outcome, Message: wire.Message{AA: true, Rcode: 3, SOAOwner: b("com")}}
		q := question{name: b("foo.com"), origin: "com", tcp: tt.tcp}
		if got := show(judge(&q, &r)); got != tt.want {
			t.Errorf("outcome %d, tcp %v: got %q, want %q", tt.outcome, tt.tcp, got, tt.want)
		}
	}
}

func TestOnlyProofCountsWhateverTheBitsSay(t *testing.T) {
	owners := [][]byte{nil, b(""), b("com"), b("net"), b("foo.com"), b("x.foo.com"), b("oo.com")}
	for rcode := range uint8(16) {
		for bits := range 32 {
			for _, soa := range owners {
				for _, ns := range owners {
					m := wire.Message{Rcode: rcode, AA: bits&1 != 0, RA: bits&2 != 0, AnswerNS: bits&4 != 0, SOAOwner: soa, NSOwner: ns}
					m.Answers = uint16(bits >> 3 & 1)
					q := question{name: b("foo.com"), origin: "com", resolver: bits&16 != 0}
					v := judge(&q, &wire.Reply{Message: m})
					proven := rcode == 3 && m.Answers == 0 && string(soa) == "com" && (q.resolver && m.RA || !q.resolver && m.AA)
					if absent := v.act == settle && v.status == vacant.StatusNXDomain; absent != proven {
						t.Fatalf("%+v (resolver %v): nxdomain %v, proven %v", m, q.resolver, absent, proven)
					}
				}
			}
		}
	}
}

func TestNamesEndByWhatTheyMet(t *testing.T) {
	for _, tt := range []struct {
		met  cause
		want vacant.Status
	}{
		{0, vacant.StatusError},
		{causeTimeout, vacant.StatusTimeout},
		{causeUnreachable, vacant.StatusError},
		{causeTimeout | causeUnreachable, vacant.StatusTimeout},
		{causeTimeout | causeServfail, vacant.StatusServfail},
		{causeTimeout | causeRefused, vacant.StatusRefused},
		{causeRefused | causeServfail, vacant.StatusServfail},
		{causeTimeout | causeNonsense, vacant.StatusError},
	} {
		if got := tt.met.status(); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.met, got, tt.want)
		}
	}
}
