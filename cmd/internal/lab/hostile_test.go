package lab

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// argued is a kind with an argument that lets it answer at once.
func argued(k FaultKind) string {
	switch k.Name {
	case "rdap-404-after":
		return k.Name + "=0"
	case "rdap-slow":
		return k.Name + "=10ms"
	}
	return k.Name
}

func TestThereAreFortyHostileKindsAndMore(t *testing.T) {
	n := map[string]int{}
	for _, k := range hostileKinds() {
		n[k.Protocol]++
	}
	if n[protocolRDAP] < 40 || n[protocolWHOIS] < 40 {
		t.Error(n)
	}
}

// Each kind answers other octets than the honest server does about at least one
// of a registered, a reserved and a free name, and is counted.
func TestEveryHostileKindAnswers(t *testing.T) {
	l := startLab(t, Config{Seed: 1, TLDs: []string{"cc", "dad", "me"}})
	var names []string
	for _, want := range []func(state) bool{
		func(s state) bool { return s.verdict == verdictRegistered && s.life == lifeHold },
		func(s state) bool { return s.verdict == verdictReserved && s.no == noSays },
		func(s state) bool { return s.verdict == verdictAvailable },
	} {
		names = append(names, find(t, l.world, "me", want))
	}
	honest := map[string][]string{protocolRDAP: rawAnswers(t, l, protocolRDAP, names), protocolWHOIS: rawAnswers(t, l, protocolWHOIS, names)}
	for _, k := range hostileKinds() {
		if k.Name == kindRandom {
			continue
		}
		must(t, l.SetFaults(argued(k.FaultKind)))
		asked := append(names, names...)
		if strings.Contains(k.Name, "pool") { // one in four, at random
			asked = slices.Repeat(names, 8)
		}
		got, last := rawAnswers(t, l, k.Protocol, asked), FaultStats{}
		for until := time.Now().Add(10 * time.Second); (last.Answered == 0 || last.Dangerous == 0) && time.Now().Before(until); {
			stats := l.Stats().Faults // counted when it is done, which may be after it was read
			if last = stats[len(stats)-1]; last.Dangerous == 0 {
				got = append(got, rawAnswers(t, l, k.Protocol, names)...)
			}
		}
		if last.Fault != argued(k.FaultKind) || last.Answered == 0 || last.Dangerous == 0 || last.Dangerous > last.Answered {
			t.Errorf("%s: %+v", k.Name, last)
		}
		if !strings.Contains(k.Name, "slow") && slices.Equal(got, slices.Repeat(honest[k.Protocol], len(got)/3)) {
			t.Errorf("%s answers as an honest server does", k.Name)
		}
	}
	must(t, l.SetFaults())
	if got := rawAnswers(t, l, protocolWHOIS, names); !slices.Equal(got, honest[protocolWHOIS]) {
		t.Error("it goes on after the faults are taken away")
	}
	if l.Stats().Strays != 0 {
		t.Error("nobody followed a redirect, but", l.Stats().Strays)
	}
}

// rawAnswers asks about each name over a connection of its own and returns the
// first octets that come within a moment, without the date.
func rawAnswers(t *testing.T, l *Lab, protocol string, names []string) []string {
	t.Helper()
	var all []string
	for _, name := range names {
		at, question := l.WHOIS()["me"], name+"\r\n"
		if protocol == protocolRDAP {
			u, err := url.Parse(l.RDAPBase("me"))
			must(t, err)
			at, question = u.Host, fmt.Sprintf("GET %sdomain/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.Path, name, u.Host)
		}
		conn, err := net.Dial("tcp", at)
		must(t, err)
		_, err = io.WriteString(conn, question)
		must(t, err)
		must(t, conn.SetReadDeadline(time.Now().Add(60*time.Millisecond)))
		text, err := io.ReadAll(io.LimitReader(conn, 1<<17))
		must(t, conn.Close())
		all = append(all, string(withoutDate(text))+fmt.Sprint(err != nil))
	}
	return all
}

func withoutDate(text []byte) []byte {
	i := bytes.Index(text, []byte("\r\nDate: "))
	if i < 0 {
		return text
	}
	return append(slices.Clone(text[:i]), text[i+len("\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT"):]...)
}

func TestSpells(t *testing.T) {
	for _, tt := range []struct {
		text    string
		on, off []time.Duration
	}{
		{"10s-20s", []time.Duration{10 * time.Second, 19 * time.Second}, []time.Duration{0, 9 * time.Second, 20 * time.Second}},
		{"10s-", []time.Duration{10 * time.Second, time.Hour}, []time.Duration{0}},
		{"60s/30s", []time.Duration{15 * time.Second, 44 * time.Second, 75 * time.Second}, []time.Duration{0, 14 * time.Second, 45 * time.Second, 61 * time.Second}},
		{"2s/2s", []time.Duration{0, time.Second, 5 * time.Second}, nil},
	} {
		s, err := parseSpell(tt.text)
		must(t, err)
		for _, d := range tt.on {
			if !s.at(d) {
				t.Errorf("%s is off after %s", tt.text, d)
			}
		}
		for _, d := range tt.off {
			if s.at(d) {
				t.Errorf("%s is on after %s", tt.text, d)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	for word, want := range map[string]string{
		"rdap-500": "1 ", "rdap-500=0.25": "0.25 ", "rdap-500=dad": "1 dad", "rdap-500=0.25,CO.UK": "0.25 co.uk", "rdap-500=me,0.5@10s/5s": "0.5 me",
		"rdap-500=hidden": "1 hidden", "rdap-500=0.5,hidden,dad": "0.5 dad hidden",
	} {
		f, err := parseFaults([]string{word})
		must(t, err)
		got := strings.TrimRight(fmt.Sprint(f.hostile[0].share, " ", f.hostile[0].tld), " ")
		if f.hostile[0].hidden {
			got += " hidden"
		}
		if got != strings.TrimRight(want, " ") {
			t.Errorf("%s: %q", word, got)
		}
	}
}

// The seed decides the order of the turns, every kind but pools has one, and there is peace in between.
func TestRandomTakesTurns(t *testing.T) {
	turns := func(seed uint64) (names []string) {
		f, err := parseFaults([]string{"random@1s"})
		must(t, err)
		newHostility(NewWorld(Config{Seed: seed}), f.hostile)
		for s := range 400 {
			for _, h := range []*hostile{f.hostile[0].turnRDAP(time.Duration(s) * time.Second), f.hostile[0].turnWHOIS(time.Duration(s) * time.Second)} {
				if h == nil {
					names = append(names, "")
					continue
				}
				names = append(names, h.Name)
			}
		}
		return names
	}
	first := turns(1)
	if !slices.Equal(first, turns(1)) || slices.Equal(first, turns(2)) {
		t.Error("the order is not the seed's")
	}
	for _, k := range hostileKinds() {
		if k.parse == nil && slices.Contains(first, k.Name) == strings.Contains(k.Name, "pool") {
			t.Error(k.Name, "has no turn, or one and needs longer")
		}
	}
	if !slices.Contains(first, "") {
		t.Error("there is no peace")
	}
}

func TestOnlyWhatSwitchesCanBeSetWhileALabRuns(t *testing.T) {
	l := startLab(t, Config{Seed: 1, TLDs: []string{"cc", "dad", "me"}, Faults: []string{"rdap-500"}})
	for _, word := range []string{"dns-forge=1", "rdap-429=3", "dead-proxy", "rdap-500=2"} {
		if l.SetFaults("whois-empty", word) == nil {
			t.Error(word, "was set")
		}
	}
	if f := l.Stats().Faults; len(f) != 1 || f[0].Fault != "rdap-500" {
		t.Error(f)
	}
}

// A fault of hidden names leaves delegated and free ones, and so every control, alone.
func TestHiddenScopeSparesControls(t *testing.T) {
	l := startLab(t, Config{Seed: 1, TLDs: []string{"me"}, Faults: []string{"rdap-404-text=hidden", "whois-terms=hidden"}})
	for _, tt := range []struct {
		hit  bool
		want func(state) bool
	}{
		{false, func(s state) bool { return s.dns == dnsDelegated }},
		{false, func(s state) bool { return s.verdict == verdictAvailable }},
		{true, func(s state) bool { return s.verdict == verdictPremium }},
		{true, func(s state) bool { return s.verdict == verdictRegistered && s.life == lifeRedemption }},
	} {
		name := find(t, l.world, "me", tt.want)
		rdap, whois := rawAnswers(t, l, protocolRDAP, []string{name})[0], rawAnswers(t, l, protocolWHOIS, []string{name})[0]
		if strings.Contains(rdap, "text/plain") != tt.hit || strings.HasPrefix(whois, lines(whoisFooter)) != tt.hit {
			t.Errorf("%s: %q %q", name, rdap, whois)
		}
	}
}
