package rdapstage

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
	"vacant/rdapstage/reading"
)

// asks answers as an honest registry does, after some time, and counts the
// controls that each kind of source is asked for.
type asks struct {
	takes   time.Duration
	odd     func(*question) bool // asked so, a source ends its connection with nonsense
	byRDAP  atomic.Int64
	byWHOIS atomic.Int64
}

func (a *asks) answer(ctx context.Context, q *question) reply {
	travel(ctx, a.takes)
	r := reply{Reading: reading.Reading{Verdict: vacant.Available}}
	if q.kind != askName {
		n := &a.byRDAP
		if q.lane.kind != vacant.KindRDAP {
			n = &a.byWHOIS
		}
		n.Add(1)
	}
	switch {
	case q.kind == askControl:
		r.Reading = reading.Reading{Verdict: vacant.Registered, Lifecycle: vacant.Active}
	case a.odd != nil && a.odd(q):
		r.Reading, r.fresh = reading.Reading{Reason: vacant.ReasonBadReply}, true
	}
	r.fresh = r.fresh || !q.line.kept()
	r.ev = vacant.Evidence{At: time.Now(), Kind: q.lane.kind, Server: q.lane.host, Asked: string(q.name), Says: r.Verdict.String()}
	return r
}

// Names that come one by one, each when another source is done with it, are no
// end: to be closed each by as many controls as a proof takes would ask the
// second source many times what it was asked about.
func TestSecondSourceIsNotClosedForEachName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asks{takes: 20 * time.Millisecond}
		cfg := Config{World: "model", Controls: fixedControls{"taken.test", "other.test"}, SecondSource: []string{"test"},
			RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}, WHOISServers: map[string]string{"test": "127.0.0.1:43"},
			Rates: map[string]float64{"127.0.0.1:1": 2}}
		for name, r := range huntBy(t, cfg, numbered("n%d.test", 200), a.answer) {
			if words(&r) != "available" {
				t.Fatalf("%s: %s", name, words(&r))
			}
		}
		if n := a.byWHOIS.Load(); n > 80 {
			t.Errorf("%d controls of the second source for 200 names", n)
		}
	})
}

// What is missing over connections of their own is asked over those alone, one
// after the other, however many others are free.
func TestLostConnectionsAreMadeUpForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asks{takes: 20 * time.Millisecond, odd: func(q *question) bool { return q.kind == askName && q.name[1] == '7' }}
		cfg := Config{World: "model", Controls: fixedControls{"taken.test", "other.test"}, RDAPServers: map[string]string{"test": "http://127.0.0.1:1/"}}
		available := 0
		for _, r := range huntBy(t, cfg, numbered("n%d.test", 100), a.answer) {
			if words(&r) == "available" {
				available++
			}
		}
		if n := a.byRDAP.Load(); n > 100 || available != 89 {
			t.Errorf("%d available of 89, after %d controls", available, n)
		}
	})
}

// A WHOIS server that has words of its own for some names is asked for a few
// random labels, not for one each time: they are answered as ever.
func TestRandomLabelsThatTeachNothingAreNotRepeated(t *testing.T) {
	for what, text := range map[string]func(name string) string{
		"a line more": func(name string) string {
			return rdaptest.WHOISNotFound(name) + "% some words of zvoot grumblo here\r\n"
		},
		"another reply": func(name string) string { return "Nimi: " + name + "\r\nSeisund: zvoot grumblo\r\n" },
	} {
		p := rdaptest.Listen(t, func(*rdaptest.Port43) rdaptest.Talk {
			return func(conn *net.TCPConn, name string) {
				reply := rdaptest.WHOISNotFound(name)
				switch {
				case strings.HasPrefix(name, "taken"):
					reply = rdaptest.WHOISRecord(name)
				case strings.Contains(name, "7") && !isRandom(name):
					reply = text(name)
				}
				_, _ = io.WriteString(conn, reply)
			}
		})
		cfg := onWHOIS(p)
		cfg.Rates = map[string]float64{"": 2000}
		odd, random := 0, 0
		names := numbered("n%d.test", 200)
		for name, r := range judge(t, newStage(t, cfg), frees(names...)) {
			switch got := words(&r); {
			case got == "undetermined bad-reply" && strings.Contains(string(name), "7"):
				odd++
			case got != "available":
				t.Errorf("%s: %s is %s", what, name, got)
			}
		}
		for _, name := range p.Asked() {
			if isRandom(name) {
				random++
			}
		}
		if n := len(p.Asked()); odd != 38 || random > calmEnough+3 || n > len(names)+170 {
			t.Errorf("%s about %d names: %d random labels, %d questions for %d names", what, odd, random, n, len(names))
		}
	}
}
