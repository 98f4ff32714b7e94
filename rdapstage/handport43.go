package rdapstage

import (
	"fmt"
	"net"
	"strings"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
)

// port43ByHand returns the endpoint that "[HOST@]address" names. With HOST the
// server at that address stands for HOST, a tunnel's end or a lab's server: it is
// asked in HOST's own syntax, and its replies are read by HOST's rules. Where
// HOST is a DAS, so is the server.
func port43ByHand(text string) endpoint {
	as, addr, said := strings.Cut(strings.ToLower(text), "@")
	if !said {
		return whoisEndpoint(text, sourceHand)
	}
	e := whoisEndpoint(addr, sourceHand)
	e.speaks = whoisEndpoint(as, sourceHand).host
	// With its port: one WHOIS server is a DAS to those who ask it as such.
	if set := facts.DASSet(as); set != "" {
		e.kind, e.dasSet, e.needsSecond = vacant.KindDAS, set, !facts.DASAlone(set)
	}
	return e
}

// checkPort43ByHand refuses servers that cannot be asked.
func checkPort43ByHand(texts string) error {
	servers := strings.Fields(texts)
	if len(servers) == 0 {
		return fmt.Errorf("%q is no host:port", texts)
	}
	for _, text := range servers {
		as, addr, said := strings.Cut(text, "@")
		if !said {
			as, addr = "", text
		}
		if _, _, err := net.SplitHostPort(ask.WithPort(addr, "43")); err != nil || addr == "" || said && as == "" {
			return fmt.Errorf("%q is no [HOST@]host:port", text)
		}
	}
	return nil
}
