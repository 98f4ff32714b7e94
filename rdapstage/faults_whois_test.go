package rdapstage

import (
	"net"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

func TestHonestWHOISTellsFreeFromTaken(t *testing.T) {
	p := rdaptest.Listen(t, rdaptest.HonestWHOIS(rdaptest.Names("taken.test", "held.test")))
	got := judge(t, newStage(t, onWHOIS(p)), frees("held.test", "unowned.test"))
	if r := got["held.test"]; words(&r) != "registered" || r.Registrar != "Example Registrar" {
		t.Errorf("held.test: %s, registrar %q", words(&r), r.Registrar)
	}
	if r := got["unowned.test"]; words(&r) != "available" || r.Method != "whois" {
		t.Errorf("unowned.test: %s by %q", words(&r), r.Method)
	}
}

// TestWHOISFaultsAreNoNo has a server that knows its registered names and a
// random label, and fails on every other.
func TestWHOISFaultsAreNoNo(t *testing.T) {
	whole := rdaptest.WHOISNotFound("unowned.test")
	tests := []struct {
		name string
		talk func(*rdaptest.Port43) rdaptest.Talk
	}{
		{"never closing", rdaptest.NeverClosing(whole)},
		{"endless", rdaptest.Endless("No match for domain \"UNOWNED.TEST\".\r\n")},
		{"endless after the answer", rdaptest.Endless(whole)},
		{"reset after the answer", rdaptest.SayAndReset(whole)},
		{"nothing at all", rdaptest.Say("")},
		{"refer without a line break", rdaptest.Say("refer: x")},
		{"registrar without a line break", rdaptest.Say("Registrar WHOIS Server: x")},
		{"half an answer", rdaptest.Say("No mat")},
		{"a limit text", rdaptest.Say("Query rate limit exceeded. No match for your query.\r\n")},
		{"another name's not found", rdaptest.Say(rdaptest.WHOISNotFound("other.test"))},
		{"another name's record", rdaptest.Say(rdaptest.WHOISRecord("other.test"))},
		{"no text", rdaptest.Say("\x00\x00\x00\xff\xfe")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			honest := rdaptest.HonestWHOIS(rdaptest.Names("taken.test"))
			p := rdaptest.Listen(t, func(p *rdaptest.Port43) rdaptest.Talk {
				good, bad := honest(p), tt.talk(p)
				return func(conn *net.TCPConn, query string) {
					if query == "unowned.test" {
						bad(conn, query)
						return
					}
					good(conn, query)
				}
			})
			cfg := onWHOIS(p)
			cfg.Timing.Query = 100 * time.Millisecond
			cfg.MaxPause = time.Second
			s := newStage(t, cfg)
			s.unit = time.Millisecond
			r := judge(t, s, frees("unowned.test"))["unowned.test"]
			if r.Verdict() != vacant.Undetermined || r.RetryAfter.IsZero() {
				t.Errorf("judged %q, retry after %v", words(&r), r.RetryAfter)
			}
		})
	}
}

func TestHostileReferralIsNotFollowed(t *testing.T) {
	trap := rdaptest.Listen(t, rdaptest.Say(rdaptest.WHOISNotFound("unowned.test")))
	p := rdaptest.Listen(t, rdaptest.Say("Domain Name: OTHER.TEST\nRegistrar WHOIS Server: "+trap.Addr()+"\nrefer: "+trap.Addr()+"\n"))
	judge(t, newStage(t, onWHOIS(p)), frees("unowned.test"))
	if asked := trap.Asked(); len(asked) > 0 {
		t.Errorf("the referral was followed: %v", asked)
	}
}

func TestThreeDeadServersMeanPort43IsBlocked(t *testing.T) {
	s := newStage(t, Config{})
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, host := range []string{"a", "a", "b", "b", "c"} {
		s.coldLocked(host)
		if got, want := s.blockedLocked(), i == 4; got != want {
			t.Errorf("after %d failures: blocked %v, want %v", i+1, got, want)
		}
	}
	s.port43OK = true
	if s.blockedLocked() {
		t.Error("one server that answers shows that the port is open")
	}
}

func TestBlockedPort43IsAReasonOfItsOwn(t *testing.T) {
	s := newStage(t, Config{})
	p := &plan{suffix: "test"}
	l := &lane{endpoint: whoisEndpoint("whois.test", sourceEmbedded), suffix: "test", timing: &s.cfg.Timing}
	l.control.held = map[vacant.Name]bool{}
	s.join(l)
	p.lanes = []*lane{l}
	s.plans["test"] = p
	s.coldHosts = map[string]bool{"a": true, "b": true, "c": true}
	if got := verdict(t, s, "x.test"); got != "undetermined port43-blocked" {
		t.Errorf("judged %q", got)
	}
}
