package pipeline

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/rdapstage"
	"vacant/store"
)

// inLab returns a lab with faults, and how to ask in it.
func inLab(t *testing.T, tlds []string, faults ...string) (*lab.Lab, CheckConfig) {
	t.Helper()
	l, err := lab.Start(t.Context(), lab.Config{TLDs: tlds, Faults: faults, Density: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, CheckConfig{
		DNS: dnsstage.Config{Roots: l.Roots()}, World: l.World(),
		RDAP: rdapstage.Config{Bootstrap: l.BootstrapURL(), RDAPServers: l.Unlisted(), WHOISServers: l.WHOIS(), SecondSource: l.SecondSource(),
			Timing: rdapstage.Timing{BatchAge: time.Second, BatchIdle: 20 * time.Millisecond, LearnGap: 50 * time.Millisecond, Query: 500 * time.Millisecond}},
	}
}

// freeName returns a name that is free in the lab.
func freeName(t *testing.T, l *lab.Lab, tld string) vacant.Name {
	t.Helper()
	for i := range 100 {
		name := fmt.Sprintf("qzx%dqjk.%s", i, tld)
		if l.Truth(name).Verdict == vacant.Available.String() {
			return vacant.Name(name)
		}
	}
	t.Fatalf("nothing is free under %s", tld)
	return ""
}

// What the doctor says of a suffix is what becomes of a free name there.
func TestTheDoctorsWordIsWhatAFreeNameComesTo(t *testing.T) {
	tests := []struct {
		fault       string
		confirmable map[string]bool
	}{
		{"", map[string]bool{"com": true, "dev": true}},
		{"rdap-404-all", map[string]bool{"com": true, "dev": false}},
		{"rdap-html-404", map[string]bool{"com": true, "dev": false}},
		{"rdap-wrong-name", map[string]bool{"com": true, "dev": false}},
		{"rdap-500", map[string]bool{"com": true, "dev": false}},
		{"rdap-429-absurd", map[string]bool{"com": false, "dev": false}},
		{"rdap-hang", map[string]bool{"com": true, "dev": false}},
		{"rdap-redirect", map[string]bool{"com": true, "dev": false}},
		{"whois-hang", map[string]bool{"com": true, "dev": true}},
		{"whois-free-all", map[string]bool{"com": true, "dev": true}},
		{"dns-refused=1", map[string]bool{"com": false, "dev": false}},
	}
	for _, tt := range tests {
		t.Run("fault "+tt.fault, func(t *testing.T) {
			t.Parallel() // it waits more than it works
			var faults []string
			if tt.fault != "" {
				faults = append(faults, tt.fault)
			}
			l, cfg := inLab(t, []string{"com", "dev"}, faults...)
			said := examineAll(t, cfg, "com", "dev")
			names := []vacant.Name{freeName(t, l, "com"), freeName(t, l, "dev")}
			err := Check(t.Context(), cfg, names, func(r vacant.Result) error {
				tld := r.Name.Parent()
				if is := r.Verdict() == vacant.Available; is != said[tld] || is != tt.confirmable[tld] {
					t.Errorf("%s is %v %q; the doctor says that .%s can be confirmed: %v, which is %v", r.Name, r.Verdict(), r.Reason(), tld, said[tld], tt.confirmable[tld])
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// examineAll returns which suffixes the doctor calls confirmable.
func examineAll(t *testing.T, cfg CheckConfig, suffixes ...string) map[string]bool {
	t.Helper()
	said := make(map[string]bool)
	var order []string
	sum, err := Doctor(t.Context(), DoctorConfig{CheckConfig: cfg, StorePath: filepath.Join(t.TempDir(), "v.db"), Examined: func(e SuffixExam) {
		said[e.Suffix] = e.Reason == vacant.ReasonNone && e.DNSFault(time.Now()) == nil
		order = append(order, e.Suffix)
	}}, suffixes)
	if err != nil || strings.Join(order, " ") != strings.Join(suffixes, " ") {
		t.Errorf("told of %q, %v", order, err)
	}
	if most := uint64(8 * 2 * len(suffixes)); sum.Questions > most || sum.Questions == 0 {
		t.Errorf("%d questions, want at most %d", sum.Questions, most)
	}
	return said
}

// The files that a hunt needs are looked at as it would find them, and left as they are.
func TestTheDoctorLooksAtWhatAHuntWrites(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	s, err := store.Open(whole, store.Options{World: Internet})
	if err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(dir, "held.db")
	h, err := store.Open(held, store.Options{World: Internet, Command: "vacant hunt"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(dir, "damaged.db")
	if err := os.WriteFile(damaged, []byte(strings.Repeat("no store at all ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, path, world string
		level             Level
		text, advice      string
	}{
		{"whole", whole, Internet, LevelOK, "can be read and written", ""},
		{"not there", filepath.Join(dir, "new.db"), Internet, LevelOK, "the first hunt makes it", ""},
		{"no folder", filepath.Join(dir, "no", "new.db"), Internet, LevelFail, "no such file", "folder"},
		{"another world's", whole, "lab seed=1", LevelFail, "", "worlds never mix"},
		{"held by another", held, Internet, LevelWarn, "vacant hunt", "--lock-wait"},
		{"damaged", damaged, Internet, LevelFail, "", "store verify"},
		{"no place", "", Internet, LevelFail, "", "--db"},
	} {
		d := &doctor{cfg: &DoctorConfig{CheckConfig: CheckConfig{World: tt.world}, StorePath: tt.path}}
		c := d.storeCondition()
		if c.Level != tt.level || !strings.Contains(c.Text, tt.text) || !strings.Contains(c.Advice, tt.advice) {
			t.Errorf("%s: %v %q, do %q; want %v %q %q", tt.name, c.Level, c.Text, c.Advice, tt.level, tt.text, tt.advice)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".vacant-doctor-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "new.db")); err == nil {
		t.Error("a store was made")
	}
}

func TestTheTableOfRDAPServersIsOldAtSomeAge(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		table rdapstage.Table
		level Level
	}{
		{rdapstage.Table{Source: rdapstage.TableHand}, LevelOK},
		{rdapstage.Table{Source: rdapstage.TableCached, Checked: now.Add(-24 * time.Hour)}, LevelOK},
		{rdapstage.Table{Source: rdapstage.TableCached, Checked: now.Add(-30 * 24 * time.Hour)}, LevelWarn},
		{rdapstage.Table{Source: rdapstage.TableEmbedded, Checked: now.AddDate(0, -2, 0)}, LevelOK},
		{rdapstage.Table{Source: rdapstage.TableEmbedded, Checked: now.AddDate(-1, 0, 0)}, LevelWarn},
		{rdapstage.Table{Source: rdapstage.TableEmbedded, Checked: now, Damaged: "rdap-dns.json: no JSON"}, LevelWarn},
	} {
		if c := tableCondition(tt.table, now); c.Level != tt.level || (c.Advice != "") != (tt.level != LevelOK) {
			t.Errorf("%+v: %v, do %q", tt.table, c.Level, c.Advice)
		}
	}
}

func TestWaysOfAskingThatFailSaySo(t *testing.T) {
	trial := func(way, fault string) dnsstage.Trial {
		return dnsstage.Trial{Zone: "com", Server: netip.MustParseAddrPort("192.0.2.1:53"), Way: way, Fault: fault}
	}
	for _, tt := range []struct {
		name   string
		trials []dnsstage.Trial
		what   string
		level  Level
		advice string
	}{
		{"all well", []dnsstage.Trial{trial(dnsstage.WayUDP, ""), trial(dnsstage.WayTCP, "")}, "dns tcp", LevelOK, ""},
		{"TCP is blocked", []dnsstage.Trial{trial(dnsstage.WayUDP, ""), trial(dnsstage.WayTCP, dnsstage.TrialSilent)}, "dns tcp", LevelWarn, "TCP port 53"},
		{"large answers are blocked", []dnsstage.Trial{trial(dnsstage.WayUDP, ""), trial(dnsstage.WayEDNS, dnsstage.TrialSilent)}, "dns edns", LevelWarn, "1,232"},
		{"somebody in between", []dnsstage.Trial{trial(dnsstage.WayUDP, dnsstage.TrialOther)}, "dns ipv4", LevelFail, "intercepted"},
		{"no such family", []dnsstage.Trial{trial(dnsstage.WayUDP, dnsstage.TrialNoRoute)}, "dns ipv4", LevelOK, ""},
		{"a family that is silent", []dnsstage.Trial{trial(dnsstage.WayUDP, dnsstage.TrialSilent)}, "dns ipv4", LevelWarn, "left out"},
		{"a zone that is not found", []dnsstage.Trial{trial(dnsstage.WayFind, "no useful answer")}, "dns zone", LevelWarn, "suffix"},
		{"proxies", []dnsstage.Trial{trial(dnsstage.WayProxy, ""), trial(dnsstage.WayProxy, dnsstage.TrialSilent)}, "dns proxy", LevelWarn, "proxies"},
	} {
		found := false
		for _, c := range trialConditions(tt.trials, false) {
			if c.What == tt.what {
				found = true
				if c.Level != tt.level || !strings.Contains(c.Advice, tt.advice) || (c.Advice == "") != (tt.advice == "") {
					t.Errorf("%s: %v %q, do %q", tt.name, c.Level, c.Text, c.Advice)
				}
			}
		}
		if !found {
			t.Errorf("%s: nothing about %s", tt.name, tt.what)
		}
	}
}
