package dnsstage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// tried is what a stage found, one line a trial.
func tried(t *testing.T, s *Stage, suffixes ...string) []string {
	t.Helper()
	started := time.Now()
	trials, err := s.Examine(t.Context(), suffixes)
	if took := time.Since(started); took > 2*time.Second+examineFor {
		t.Errorf("it took %v", took)
	}
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range trials {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Zone, r.Way, r.Fault)))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func TestExamineTriesEveryWayOfAsking(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(n *fakeNet)
		cfg  Config
		want []string // lines that must be there
		not  string   // part of a line that must not
	}{
		{"all is well", func(*fakeNet) {}, Config{}, []string{"com udp", "com edns", "com tcp", "udp", "tcp"}, TrialOdd},
		{"refused", func(n *fakeNet) { n.servers[addrPort(comAddr)].rcode = 5 }, Config{}, nil, "com udp\n"},
		{"a named resolver", func(n *fakeNet) { n.resolve(systemResolver) }, Config{Resolvers: addrs(systemResolver)}, []string{"com udp", "com edns", "com tcp"}, TrialOther},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := world()
			n.everyRoot()
			tt.set(n)
			in(t, n, tt.cfg, func(t *testing.T, s *Stage) {
				t.Helper()
				got := tried(t, s, "com")
				for _, line := range tt.want {
					if !slices.Contains(got, line) {
						t.Errorf("%q is missing in %q", line, got)
					}
				}
				if tt.not != "" && strings.Contains(strings.Join(got, "\n")+"\n", tt.not) {
					t.Errorf("%q in %q", tt.not, got)
				}
			})
		})
	}
}

func TestExamineSaysWhyAZoneIsNotFound(t *testing.T) {
	n := world()
	n.everyRoot()
	in(t, n, Config{}, func(t *testing.T, s *Stage) {
		t.Helper()
		got := strings.Join(tried(t, s, "nowhere"), "\n")
		if !strings.Contains(got, `nowhere find zone of "nowhere"`) {
			t.Errorf("%s", got)
		}
	})
}

func TestExamineTellsTCPThatIsBlocked(t *testing.T) {
	n := world()
	n.everyRoot()
	n.servers[addrPort(comAddr)].noTCP = true
	in(t, n, Config{}, func(t *testing.T, s *Stage) {
		t.Helper()
		if got := tried(t, s, "com"); !slices.Contains(got, "com tcp "+TrialSilent) && !slices.Contains(got, "com tcp "+TrialNoRoute) || !slices.Contains(got, "com udp") {
			t.Errorf("%q", got)
		}
	})
}
