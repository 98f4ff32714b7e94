package pipeline

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vacant/dnsstage"
)

// preflightCondition tells of the way that questions to DNS will take.
func preflightCondition(r dnsstage.Report, err error, took time.Duration) Condition {
	c := Condition{What: "dns", Took: took}
	switch {
	case errors.Is(err, dnsstage.ErrAllProxiesDead):
		c.Level, c.Text = LevelFail, err.Error()
		c.Advice = "no hunt can start here; name proxies that work (--proxy, --proxy-file), or none"
	case err != nil:
		c.Level, c.Text = LevelFail, err.Error()
		c.Advice = "no hunt can start here; open port 53 outwards, or name resolvers that answer (--resolvers) or a way out (--proxy)"
	case r.Notice != "":
		c.Level, c.Text = LevelWarn, r.Notice
		c.Advice = "a hunt goes on through the resolvers, slowly"
	case r.Via == dnsstage.ViaResolvers:
		c.Text = "the resolvers named are asked, and answer"
	default:
		c.Text = "the servers of the zones themselves are asked, and answer"
	}
	return c
}

// trialConditions tells of the ways of asking: each address family, EDNS, TCP.
func trialConditions(trials []dnsstage.Trial, noDenial bool) []Condition {
	var list []Condition
	if c, ok := proxyTrials(trials); ok {
		return []Condition{c}
	}
	for _, family := range []struct {
		name string
		is   func(netip.Addr) bool
	}{{"ipv4", netip.Addr.Is4}, {"ipv6", netip.Addr.Is6}} {
		if c, ok := familyTrials("dns "+family.name, pick(trials, dnsstage.WayUDP, family.is)); ok {
			list = append(list, c)
		}
	}
	reached := answering(trials, dnsstage.WayUDP)
	for _, way := range []struct{ what, way, advice string }{
		{"dns edns", dnsstage.WayEDNS, "let UDP answers of 1,232 octets through the firewall; until then signed zones' ranges save no queries (--no-denial leaves them alone)"},
		{"dns tcp", dnsstage.WayTCP, "open TCP port 53 outwards: names whose answers are cut short or rate-limited are settled over TCP only"},
	} {
		if way.way == dnsstage.WayEDNS && noDenial {
			continue
		}
		if c, ok := wayTrials(way.what, trials, way.way, reached, way.advice); ok {
			list = append(list, c)
		}
	}
	for _, t := range trials {
		if t.Way == dnsstage.WayFind {
			list = append(list, Condition{What: "dns zone", Level: LevelWarn, Text: t.Fault,
				Advice: "if it stays so, the zone's servers are at fault: leave the suffix out, or ask resolvers (--resolvers)"})
		}
	}
	return list
}

// pick returns the trials of one way and family.
func pick(trials []dnsstage.Trial, way string, is func(netip.Addr) bool) []dnsstage.Trial {
	var some []dnsstage.Trial
	for _, t := range trials {
		if t.Way == way && is(t.Server.Addr().Unmap()) {
			some = append(some, t)
		}
	}
	return some
}

// answering returns the servers that answer in a way.
func answering(trials []dnsstage.Trial, way string) []netip.AddrPort {
	var ok []netip.AddrPort
	for _, t := range trials {
		if t.Way == way && t.Fault == "" {
			ok = append(ok, t.Server)
		}
	}
	return ok
}

// familyTrials tells how the servers of one address family answer.
func familyTrials(what string, trials []dnsstage.Trial) (Condition, bool) {
	if len(trials) == 0 {
		return Condition{}, false
	}
	good, faults, slowest := weigh(trials)
	c := Condition{What: what, Text: fmt.Sprintf("%d of %d servers answer%s", good, len(trials), faults), Took: slowest}
	switch {
	case strings.Contains(faults, dnsstage.TrialOther):
		c.Level, c.Advice = LevelFail, "port 53 is intercepted here: ask resolvers (--resolvers), or go another way (--proxy)"
	case good == len(trials):
	case good == 0 && strings.Contains(faults, dnsstage.TrialNoRoute):
		c.Text = "no route: this family is left out" // which is no fault
	case good == 0 && strings.Contains(faults, dnsstage.TrialSilent):
		c.Level, c.Advice = LevelWarn, "this family has a route and gives no answer: it is left out; mend it, or take the route away"
	case strings.Contains(faults, dnsstage.TrialForged):
		c.Level, c.Advice = LevelWarn, "nothing: such replies are not believed, and the names are asked over TCP; it costs time"
	case strings.Contains(faults, dnsstage.TrialSilent):
		c.Level, c.Advice = LevelWarn, "others stand in for those; if it stays so, look at the line (mtr), and give --retries"
	case trials[0].Resolver:
		c.Level, c.Advice = LevelWarn, "take them out of --resolvers; the others stand in for them"
	default:
		c.Level, c.Advice = LevelWarn, "nothing: others stand in for those"
	}
	return c, true
}

// wayTrials tells how the servers that answer over UDP answer in another way.
func wayTrials(what string, trials []dnsstage.Trial, way string, reached []netip.AddrPort, advice string) (Condition, bool) {
	of := slices.DeleteFunc(slices.Clone(trials), func(t dnsstage.Trial) bool {
		return t.Way != way || !slices.Contains(reached, t.Server)
	})
	if len(of) == 0 {
		return Condition{}, false
	}
	good, faults, slowest := weigh(of)
	c := Condition{What: what, Text: fmt.Sprintf("%d of %d servers answer%s", good, len(of), faults), Took: slowest}
	switch {
	case good == 0 && strings.Contains(faults, dnsstage.TrialSilent):
		c.Level, c.Advice = LevelWarn, advice
	case good < len(of):
		c.Level, c.Advice = LevelWarn, "nothing: others stand in for those"
	}
	return c, true
}

// liars tells of resolvers that failed their controls.
func liars(servers []dnsstage.ServerStats) []Condition {
	var list []Condition
	for i := range servers {
		if s := &servers[i]; s.State == "liar" {
			list = append(list, Condition{What: "resolver", Level: LevelWarn, Text: s.Server + " answers controls falsely: names that exist do not, or the reverse",
				Advice: "take it out of --resolvers; a hunt does not listen to it"})
		}
	}
	return list
}

// proxyTrials tells how servers answer through proxies, where all goes through them.
func proxyTrials(trials []dnsstage.Trial) (Condition, bool) {
	some := slices.DeleteFunc(slices.Clone(trials), func(t dnsstage.Trial) bool { return t.Way != dnsstage.WayProxy })
	if len(some) == 0 {
		return Condition{}, false
	}
	good, faults, slowest := weigh(some)
	c := Condition{What: "dns proxy", Text: fmt.Sprintf("%d of %d questions are answered through the proxies%s", good, len(some), faults), Took: slowest}
	if good < len(some) {
		c.Level, c.Advice = LevelWarn, "take the proxies that fail out of the list; the others stand in for them, slower"
	}
	return c, true
}

// weigh counts answers, and names what is wrong with the others.
func weigh(trials []dnsstage.Trial) (good int, faults string, slowest time.Duration) {
	seen := make(map[string][]string)
	var order []string
	for _, t := range trials {
		if t.Fault == "" {
			good++
			slowest = max(slowest, t.RTT)
			continue
		}
		if seen[t.Fault] == nil {
			order = append(order, t.Fault)
		}
		if len(seen[t.Fault]) < 3 {
			seen[t.Fault] = append(seen[t.Fault], t.Server.String())
		}
	}
	for _, f := range order {
		faults += fmt.Sprintf("; %s: %s", f, strings.Join(seen[f], ", "))
	}
	return good, faults, slowest
}
