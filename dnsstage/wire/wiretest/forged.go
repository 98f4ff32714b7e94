package wiretest

import (
	"testing"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
)

// forgeries are replies that differ from the right one in one thing.
func forgeries() map[string]dnstest.Handler {
	lie := dnstest.NXDomain("example")
	return map[string]dnstest.Handler{
		"wrong id":       dnstest.WrongID(lie),
		"wrong question": dnstest.WrongQuestion(lie),
		"wrong type":     dnstest.WrongType(lie),
		"wrong class":    dnstest.WrongClass(lie),
		"no question":    dnstest.NoQuestion(lie),
		"two questions":  dnstest.TwoQuestions(lie),
		"not a response": dnstest.NotAResponse(lie),
		"wrong opcode":   dnstest.WrongOpcode(lie),
		"garbage":        dnstest.Garbage(),
	}
}

func (c conform) forged(t *testing.T) {
	all := forgeries()
	if !c.overTCP {
		all["wrong port"] = dnstest.WrongSource(dnstest.NXDomain("example"))
	}
	for name, h := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr, s := c.start(t, h)
			r := Exchange(t, tr, c.query("some-name.example", s.Addr, short))
			if r.Outcome != wire.TimedOut || r.Raw != nil {
				t.Errorf("outcome %d, %d octets, want TimedOut and none", r.Outcome, len(r.Raw))
			}
			if got := tr.Stats(); got.Mismatched == 0 || got.Answered != 0 {
				t.Errorf("stats %+v, want it counted as mismatched", got)
			}
		})
	}
	t.Run("the right one after them", func(t *testing.T) {
		tr, s := c.start(t, dnstest.RightIDAfterWrong(5, dnstest.NXDomain("example"), dnstest.Referral()))
		r := Exchange(t, tr, c.query("some-name.example", s.Addr, patient))
		if r.Outcome != wire.Replied || r.Rcode != wire.RcodeSuccess || string(r.NSOwner) != "some-name.example" {
			t.Errorf("outcome %d, rcode %d, NS of %q; want the referral", r.Outcome, r.Rcode, r.NSOwner)
		}
	})
}

func (c conform) caseLost(t *testing.T) {
	tr, s := c.start(t, dnstest.LowercasedQuestion(dnstest.NXDomain("example")))
	r := Exchange(t, tr, c.query("a-name-with-enough-letters.example", s.Addr, patient))
	want := wire.Suspicious
	if c.overTCP {
		want = wire.Replied // a connection cannot be forged from afar
	}
	if r.Outcome != want || !r.CaseLost {
		t.Errorf("outcome %d, case lost %v; want %d, true", r.Outcome, r.CaseLost, want)
	}
}
