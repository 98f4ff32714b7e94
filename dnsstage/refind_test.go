package dnsstage

import (
	"testing"
	"time"

	"vacant"
)

// absentNames are names that are to be found absent.
func absentNames(n int, format string) map[string]vacant.Status {
	want := make(map[string]vacant.Status)
	for _, name := range numbered(n, format) {
		want[name] = vacant.StatusNXDomain
	}
	return want
}

func TestAZoneWhoseServersAreGoneIsSearchedAnew(t *testing.T) {
	const newAddr = "192.5.6.99"
	for name, goes := range map[string]func(*fakeServer){
		"silent": func(s *fakeServer) { s.silent = true },
		"lame":   func(s *fakeServer) { s.zones = nil },
	} {
		t.Run(name, func(t *testing.T) {
			n := world()
			n.serve(newAddr, n.zones["com"])
			in(t, n, n.roots(), func(t *testing.T, s *Stage) {
				t.Helper()
				expect(t, s, absentNames(10, "before%d.com"))
				n.zones[""].cut("com", []string{"a.nic.com"}, newAddr)
				goes(n.servers[addrPort(comAddr)])
				expect(t, s, absentNames(500, "after%d.com"))
			})
		})
	}
}

func TestAZoneThatStaysGoneIsSearchedSeldom(t *testing.T) {
	n := world()
	in(t, n, n.roots(), func(t *testing.T, s *Stage) {
		t.Helper()
		expect(t, s, absentNames(10, "before%d.com"))
		n.servers[addrPort(comAddr)].silent = true
		root := n.servers[addrPort(rootAddr)]
		before := root.asked
		for minute := range 10 {
			for name, a := range answers(t, s, numbered(5, string(rune('a'+minute))+"%d.com")...) {
				if a.Status != vacant.StatusTimeout {
					t.Fatalf("%s: %s", name, a.Status)
				}
			}
			time.Sleep(time.Minute)
		}
		if asked := root.asked - before; asked < 5 || asked > 30 {
			t.Errorf("the root was asked %d times in more than ten minutes", asked)
		}
	})
}
