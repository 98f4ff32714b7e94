package rdapstage

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// dialect answers free names in words that no rule knows.
func dialect(text string) func(*rdaptest.Port43) rdaptest.Talk {
	honest := rdaptest.HonestWHOIS(rdaptest.Names("taken.test"))
	return func(p *rdaptest.Port43) rdaptest.Talk {
		good := honest(p)
		return func(conn *net.TCPConn, query string) {
			if query == "taken.test" {
				good(conn, query)
				return
			}
			_, _ = fmt.Fprintf(conn, text, query)
		}
	}
}

const strange = "%% Zonde registreerija\r\nNimi: %s\r\nSeisund: pole leitud siin registris praegu veel\r\n%% 2026-01-02 03:04:05\r\n"

func TestStrangeNotFoundIsLearnedFromTwoLabels(t *testing.T) {
	p := rdaptest.Listen(t, dialect(strange))
	cfg := onWHOIS(p)
	cfg.Memory = &memoryMemory{}
	at := func(after time.Duration) string {
		cfg.Now = func() time.Time { return time.Now().Add(after) }
		inq := free("unowned.test")
		inq.DNS.At = cfg.Now()
		r := judge(t, newStage(t, cfg), []vacant.Inquiry{inq})["unowned.test"]
		return words(&r)
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{
		{0, "undetermined template-learning"},
		{time.Minute, "undetermined template-learning"},
		{9 * time.Minute, "undetermined template-learning"},
		{12 * time.Minute, "available"}, // its own random label is the second
		{30 * time.Minute, "available"},
	} {
		if got := at(step.after); got != step.want {
			t.Errorf("after %v: %q, want %q", step.after, got, step.want)
		}
	}
}

func TestOnlyAnUnsuspiciousReplyCanBeLearned(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"Nimi: %s\r\nSeisund: pole leitud\r\n", true},
		{"Nimi: %s\r\nSeisund: pole leitud", false},        // may have been cut
		{"Seisund: pole leitud\r\n", false},                // the same whatever is asked
		{"%s: query limit exceeded\r\n", false},            // on the deny-list
		{"%s: try again in 30 seconds\r\n", false},         // a time to wait
		{"%s: code 17\r\n", false},                         // a number left
		{"%s: reserved by the registry\r\n", false},        // kept back
		{"<html><body>%s</body></html>\r\n", false},        // a page
		{strings.Repeat("%[1]s is long\r\n", 1000), false}, // not a short answer
	}
	for _, tt := range tests {
		text := []byte(fmt.Sprintf(tt.text, "qwertyuiop.test"))
		if got := learnable(text, maskText(text, "qwertyuiop.test")); got != tt.want {
			t.Errorf("%.40q: learnable %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestMaskLeavesNothingOfNameAndDate(t *testing.T) {
	a := maskText([]byte("Nimi: ABC.test\r\nAeg: 2026-01-02T03:04:05Z\r\n02-Jan-2026 03:04\r\n"), "abc.test")
	b := maskText([]byte("Nimi: xyzzy.test\nAeg: 2025-11-12T13:14:15Z\n12-Nov-2025 13:14\n"), "xyzzy.test")
	if a != b {
		t.Errorf("%q and %q differ", a, b)
	}
}

// A second asking stands in for a second source: for one that is not there, and
// for one that says nothing. Where the second asking could not decide, it is spared.
func TestSourceOnWatchIsAskedTwice(t *testing.T) {
	taken := rdaptest.Names("taken.test")
	says := func(text string) func(*rdaptest.Port43) rdaptest.Talk {
		return func(*rdaptest.Port43) rdaptest.Talk {
			return func(conn *net.TCPConn, _ string) { _, _ = io.WriteString(conn, text) }
		}
	}
	for _, tt := range []struct {
		name  string
		label string
		whois func(*rdaptest.Port43) rdaptest.Talk
		want  string
		times int
	}{
		{"alone", "unowned", nil, "available", 2},
		{"beside one that lets nobody in", "unowned", says("Requests of this client are not permitted.\r\n"), "available", 2},
		{"beside one that limits everybody", "unowned", says("Query rate limit exceeded.\r\n"), "available", 2},
		{"beside one that talks nonsense", "unowned", says("Hello.\r\n"), "available", 2},
		{"beside one that hears nothing", "unowned", says(""), "available", 2},
		{"beside one that knows", "unowned", rdaptest.HonestWHOIS(taken), "available", 1},
		{"beside one that knows better", "unowned", rdaptest.HonestWHOIS(rdaptest.Names("taken.test", "unowned.test")), "undetermined source-conflict", 1},
		{"about a label kept back", "nic", nil, "undetermined likely-reserved", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv, name := rdaptest.Serve(t, rdaptest.Honest(taken)), tt.label+".test"
			cfg := onRDAP(srv)
			cfg.Timing.LearnGap = 50 * time.Millisecond
			if tt.whois != nil {
				cfg.WHOISServers = map[string]string{"test": rdaptest.Listen(t, tt.whois).Addr()}
			}
			s := newStage(t, cfg)
			s.planFor("test").lanes[0].watched = time.Now()
			if got := verdict(t, s, name); got != tt.want {
				t.Errorf("judged %q, want %q", got, tt.want)
			}
			var at []time.Time
			for i, asked := range srv.Asked() {
				if asked == name {
					at = append(at, srv.Times()[i])
				}
			}
			if len(at) != tt.times || len(at) == 2 && at[1].Sub(at[0]) < cfg.Timing.LearnGap {
				t.Errorf("asked at %v, want %d times with %v between", at, tt.times, cfg.Timing.LearnGap)
			}
		})
	}
}
