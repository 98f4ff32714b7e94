package dnsstage

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
)

const (
	rootAddr = "198.41.0.4"
	comAddr  = "192.5.6.30"
	ukAddr   = "192.5.6.40"
)

// world is a small internet: a root, com, and uk with co.uk on its own servers.
func world() *fakeNet {
	n := newFakeNet()
	root := n.zone("").cut("com", []string{"a.nic.com"}, comAddr).cut("uk", []string{"a.nic.uk"}, ukAddr)
	com := n.zone("com").delegate("taken.com", "google.com", "nic.com")
	com.data["host.com"] = []string{"192.0.2.7"}
	com.data["www.ent.com"] = []string{"192.0.2.8"}
	uk := n.zone("uk").delegate("taken.co.uk", "google.co.uk", "nic.uk")
	n.serve(rootAddr, root)
	n.serve(comAddr, com)
	n.serve(ukAddr, uk)
	return n
}

// everyRoot puts the root where the real ones are.
func (n *fakeNet) everyRoot() {
	for _, addr := range rootHints {
		if a := addrPort(addr); a.Addr().Is4() {
			n.servers[a] = n.servers[addrPort(rootAddr)]
		}
	}
}

func (n *fakeNet) roots() Config {
	return Config{Roots: addrs(rootAddr)}
}

func TestNamesAreAnsweredByTheZoneThatHoldsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world()
		s := n.stage(t, n.roots())
		defer closeStage(t, s)
		want := map[string]vacant.Status{
			"taken.com": vacant.StatusDelegated, "free.com": vacant.StatusNXDomain,
			"host.com": vacant.StatusNodata, "ent.com": vacant.StatusNodata,
			"taken.co.uk": vacant.StatusDelegated, "free.co.uk": vacant.StatusNXDomain,
			"free.uk": vacant.StatusNXDomain, "nic.uk": vacant.StatusDelegated,
			"free.nosuchtld": vacant.StatusError, "free.nosuch.uk": vacant.StatusError,
		}
		expect(t, s, want)
		time.Sleep(time.Second) // on the bubble's clock: longer than counters are old
		expect(t, s, map[string]vacant.Status{"free.com": vacant.StatusNXDomain})
		got := fmt.Sprint(s.Stats().Unreached)
		const why = "its parent's servers say that it does not exist"
		if got != "[{nosuch.uk "+why+"} {nosuchtld "+why+"}]" {
			t.Errorf("unreached: %s", got)
		}
	})
}

// The order to stop may be read at the top of a turn; nothing would wake the
// loop from the sleep at its end.
func TestCloseIsHeardAtTheTopOfATurn(t *testing.T) {
	n := world()
	s := n.stage(t, n.roots())
	gate, closed := make(chan struct{}), make(chan struct{})
	if err := s.loop.post(t.Context(), func() { <-gate }); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(closed)
		closeStage(t, s)
	}()
	for len(s.loop.mailbox) == 0 { // until the order waits behind the gate
		runtime.Gosched()
	}
	close(gate)
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the stage did not close")
	}
}
