package rdapstage

import (
	"fmt"
	"net"
	"strconv"
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
		if !isHostPort(ask.WithPort(addr, "43")) || addr == "" || said && as == "" {
			return fmt.Errorf("%q is no [HOST@]host:port", text)
		}
	}
	return nil
}

// isHostPort reports whether text is a host and a port that there is.
func isHostPort(text string) bool {
	host, port, err := net.SplitHostPort(text)
	n, bad := strconv.ParseUint(port, 10, 16)
	return err == nil && bad == nil && host != "" && n > 0
}
