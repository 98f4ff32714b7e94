//go:build linux

package rig

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wallRules drop what leaves a process of the namespace for anywhere but the
// endpoints, and count it, with where it wanted to go. Errors of the network
// itself, such as "no such port", are nobody's connection.
const wallRules = `
table inet wall
delete table inet wall
table inet wall {
	counter passed { }
	counter stray { }
	set to4 { type ipv4_addr . inet_proto . inet_service; size 4096; flags dynamic; }
	set to6 { type ipv6_addr . inet_proto . inet_service; size 4096; flags dynamic; }
	chain out {
		type filter hook output priority 0; policy drop;
%s		meta l4proto { icmp, icmpv6 } accept
		counter name stray
		meta l4proto { tcp, udp } add @to4 { ip daddr . meta l4proto . th dport }
		meta l4proto { tcp, udp } add @to6 { ip6 daddr . meta l4proto . th dport }
	}
}
`

// Wall lets nothing leave the namespace's processes but what goes to allowed
// endpoints and back, and counts the rest. Every address there is has a route,
// so that a packet to it is made and counted, not refused for want of one.
func (n *Namespace) Wall(ctx context.Context, allowed []netip.AddrPort) error {
	if _, err := Program("nft"); err != nil {
		return err
	}
	for _, family := range []string{"-4", "-6"} {
		route := Command{Argv: []string{"ip", family, "route", "replace", "local", "default", "dev", "lo"}, In: n}
		if _, err := route.MustSucceed(ctx); err != nil {
			return err
		}
	}
	var accept strings.Builder
	for _, a := range allowed {
		family := "ip"
		if a.Addr().Is6() {
			family = "ip6"
		}
		for _, end := range []string{"d", "s"} {
			fmt.Fprintf(&accept, "\t\t%s %saddr %s meta l4proto { tcp, udp } th %sport %d counter name passed accept\n", family, end, a.Addr(), end, a.Port())
		}
	}
	return n.nft(ctx, fmt.Sprintf(wallRules, accept.String()))
}

// nft loads rules.
func (n *Namespace) nft(ctx context.Context, rules string) error {
	f, err := os.CreateTemp("", "rules-*.nft")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(rules)
	if closeErr := f.Close(); err != nil || closeErr != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	load := Command{Argv: []string{"nft", "-f", f.Name()}, In: n}
	_, err = load.MustSucceed(ctx)
	return err
}

// Leaks are what [Namespace.Wall] counted.
type Leaks struct {
	Passed int      // packets to and from the endpoints allowed
	Stray  int      // packets dropped
	To     []string // where they wanted to go: "10.9.9.9 . tcp . 43", sorted
}

var strayTo = regexp.MustCompile(`[0-9a-f.:]+ \. (?:tcp|udp) \. [\w-]+`)

// Leaks reads the counters.
func (n *Namespace) Leaks(ctx context.Context) (Leaks, error) {
	list := Command{Argv: []string{"nft", "list", "table", "inet", "wall"}, In: n}
	r, err := list.MustSucceed(ctx)
	if err != nil {
		return Leaks{}, err
	}
	of := make(map[string]int)
	for _, m := range counted.FindAllStringSubmatch(r.Stdout, -1) {
		of[m[1]], _ = strconv.Atoi(m[2])
	}
	to := strayTo.FindAllString(r.Stdout, -1)
	slices.Sort(to)
	return Leaks{Passed: of["passed"], Stray: of["stray"], To: slices.Compact(to)}, nil
}
