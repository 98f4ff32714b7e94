package lab

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
)

func TestZeroConfigIsTheDefaultWorld(t *testing.T) {
	l := startLab(t, Config{})
	if got := l.World(); got != "lab seed=0 density=0.9 tlds=com,dev,io" {
		t.Error(got)
	}
	if len(l.Roots()) != 2 || len(l.Resolvers()) != 2 || len(l.Proxies()) != 2 || l.Roots()[0].Port() != l.Roots()[1].Port() {
		t.Error(l.Roots(), l.Resolvers(), l.Proxies())
	}
	if got := slices.Sorted(maps.Keys(l.WHOIS())); !slices.Equal(got, []string{"com", "io"}) {
		t.Error("whois of", got)
	}
}

// TestLabsSideBySide: any number of labs fit on one machine.
func TestLabsSideBySide(t *testing.T) {
	ports := make(map[uint16]bool)
	for range 8 {
		ports[startLab(t, Config{}).Roots()[0].Port()] = true
	}
	if len(ports) != 8 {
		t.Error(ports)
	}
}

func TestManyTLDs(t *testing.T) {
	var tlds []string
	for _, name := range sample(300, "x") {
		tlds = append(tlds, strings.TrimSuffix(name, ".x"))
	}
	l := startLab(t, Config{TLDs: tlds, Registries: 150})
	for _, tld := range tlds[290:] {
		if got := serverOf(t, l.Roots()[0], tld); got.Port() != l.Roots()[0].Port() {
			t.Error(tld, got)
		}
	}
}

func TestLabEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Start(ctx, Config{})
	must(t, err)
	conn, err := net.Dial("tcp", portOf(l, "com"))
	must(t, err)
	defer func() { _ = conn.Close() }()
	cancel()
	l.wg.Wait() // nothing else is needed
	if _, err := net.Dial("tcp", l.Roots()[0].String()); err == nil {
		t.Error("still listens")
	}
	must(t, l.Close())
	must(t, l.Close())
}
