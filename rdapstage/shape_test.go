package rdapstage

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// shaped answers names other than taken.test by no, which is given how many
// questions there were.
func shaped(no func(n int, name string) string) func(*rdaptest.Port43) rdaptest.Talk {
	honest := rdaptest.HonestWHOIS(rdaptest.Names("taken.test"))
	var asked atomic.Int64
	return func(p *rdaptest.Port43) rdaptest.Talk {
		good := honest(p)
		return func(conn *net.TCPConn, query string) {
			n := int(asked.Add(1))
			if query == "taken.test" {
				good(conn, query)
				return
			}
			_, _ = fmt.Fprint(conn, no(n, query))
		}
	}
}

// noWithTerms is an honest "no".
func noWithTerms(name string) string {
	return "% Whois of test, the registry of many a name\r\nNo match for " + name + "\r\n\r\n% Last heard Mon 2026-01-02 03:04:05 of 17 servers\r\n" +
		"% By using this service you agree to the terms of use.\r\n% The terms are to be read at the registry's site.\r\n"
}

func isRandom(name string) bool { return len(name) == freeLabel+len(".test") }

// TestNoOfAnotherShapeIsNone: every control holds, and the reply about the name
// has the registry's own "no", but is not as a random label's is.
func TestNoOfAnotherShapeIsNone(t *testing.T) {
	const unheard = "% Zvoot grumblo whois, hreft the wilbo registry\r\n"
	for _, tt := range []struct {
		name string
		no   func(name string) string
	}{
		{"a line above", func(name string) string { return unheard + noWithTerms(name) }},
		{"a line below", func(name string) string { return noWithTerms(name) + unheard }},
		{"a line with the name", func(name string) string { return noWithTerms(name) + "% zvoot grumblo " + name + " whois\r\n" }},
		{"cut in a line", func(name string) string { return noWithTerms(name)[:len(noWithTerms(name))-20] }},
		{"cut after a line", func(name string) string {
			lines := strings.SplitAfter(noWithTerms(name), "\n")
			return strings.Join(lines[:len(lines)-2], "")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := rdaptest.Listen(t, shaped(func(_ int, name string) string {
				if isRandom(name) {
					return noWithTerms(name)
				}
				return tt.no(name)
			}))
			if got := verdict(t, newStage(t, onWHOIS(p)), "unowned.test"); got != "undetermined bad-reply" {
				t.Errorf("judged %q", got)
			}
			if n := len(p.Asked()); n > 20 {
				t.Errorf("asked %d questions", n)
			}
		})
	}
}

// TestNoThatVariesIsOne: dates, counters and one of several banners, and a text
// that is another from one day to the next, are the registry's own.
func TestNoThatVariesIsOne(t *testing.T) {
	banners := []string{"% Buy names of your registry\r\n", "% Sell names of your registry\r\n", "% Visit your registry soon\r\n"}
	for _, tt := range []struct {
		name string
		lost int // names of 200, at most
		no   func(n int, name string) string
	}{
		{"date and counter", 0, func(n int, name string) string {
			at := time.Unix(int64(n)*100_000, 0).UTC()
			return noWithTerms(name) + fmt.Sprintf("%% It is %s; %d names asked by 192.0.2.%d\r\n", at.Format(time.RFC1123), n*n, n%200)
		}},
		{"one of three banners", 40, func(n int, name string) string { return banners[rand.IntN(3)] + noWithTerms(name) }},
		{"a token in each", 40, func(_ int, name string) string {
			return noWithTerms(name) + "% Your whois request was " + string(RandomName("test")[:freeLabel]) + "\r\n"
		}},
		{"another text from the 40th on", 0, func(n int, name string) string {
			if n >= 40 {
				return "% A new whois of test\r\n" + noWithTerms(name)
			}
			return noWithTerms(name)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := rdaptest.Listen(t, shaped(tt.no))
			cfg := onWHOIS(p)
			cfg.Timing.Proof, cfg.Rates = 4, map[string]float64{"": 2000}
			lost := 0
			for _, r := range judge(t, newStage(t, cfg), frees(numbered("n%d.test", 200)...)) {
				if r.Verdict() != vacant.Available {
					lost++
				}
			}
			if lost > tt.lost {
				t.Errorf("%d of 200 lost", lost)
			}
		})
	}
}

// TestShapeIsRemembered: the second check needs no random label.
func TestShapeIsRemembered(t *testing.T) {
	p := rdaptest.Listen(t, shaped(func(_ int, name string) string { return noWithTerms(name) }))
	cfg := onWHOIS(p)
	cfg.Memory, cfg.MaxPause = &memoryMemory{}, time.Minute
	for i, want := range []int{4, 3} {
		before := len(p.Asked())
		if got := verdict(t, newStage(t, cfg), "unowned.test"); got != "available" {
			t.Fatalf("check %d: %s", i, got)
		}
		if asked := p.Asked()[before:]; len(asked) != want {
			t.Errorf("check %d asked %d questions, want %d: %v", i, len(asked), want, asked)
		}
	}
}

func TestShapeTellsLabelsFromWords(t *testing.T) {
	text := func(label string) string {
		return "Whois of to\nNo match for " + label + "\n'" + label + ".to': free, by whois\n"
	}
	h := (*shape)(nil).with(shapesOf([]byte(text("qwertyuiop")), "qwertyuiop.to"))
	for _, label := range []string{"abc", "whois", "of", "free", "n0", "by"} {
		if line := h.stranger(shapesOf([]byte(text(label)), vacant.Name(label+".to"))); line != "" {
			t.Errorf("about %s, %q is strange", label, line)
		}
	}
	if h.stranger(shapesOf([]byte(text("abc")+"whois match\n"), "abc.to")) == "" || h.stranger(shapesOf([]byte("Whois of to\n"), "abc.to")) == "" {
		t.Error("another shape is not told")
	}
}

// TestShapeIsBounded: a server that says a thousand things does not fill the store.
func TestShapeIsBounded(t *testing.T) {
	l := &lane{}
	for _, lines := range []int{10, 1000, 200, 200} {
		var b strings.Builder
		for range lines {
			b.WriteString(string(RandomName("test")) + "\n")
		}
		l.shapeLocked(&reply{shapes: shapesOf([]byte(b.String()), "x.test")})
		if n := len(l.free.shape.Lines); n > maxShape {
			t.Errorf("%d lines are kept", n)
		}
	}
}
