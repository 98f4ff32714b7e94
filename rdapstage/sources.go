package rdapstage

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
)

// endpoint is one place that knows about names under a suffix.
type endpoint struct {
	kind        vacant.Kind
	base        string   // URL or host:port
	url         *url.URL // of an RDAP base
	host        string   // as evidence names it
	speaks      string   // the host whose way of asking and answering a port-43 server has; itself if nothing else was said
	dasSet      string   // the closed set of answers that a DAS has, see facts.DAS
	source      string   // "bootstrap", "embedded", "hand"
	needsSecond bool
}

func (e *endpoint) hand() bool { return e.source == sourceHand }

// Where an endpoint was learned.
const (
	sourceHand      = "hand"
	sourceBootstrap = "bootstrap"
	sourceEmbedded  = "embedded"
)

// endpoints returns the sources for a suffix in the order in which they are
// asked. What is named by hand for a suffix is all that is asked about it: a
// test world must never reach a real registry by a default.
func (s *Stage) endpoints(suffix string, f facts.Suffix) []endpoint {
	list := s.handNamed(suffix)
	if len(list) == 0 && s.embeddedWorld() {
		list = s.known(suffix, f)
	}
	kept := list[:0]
	for _, e := range list {
		e.needsSecond = e.needsSecond || e.kind == vacant.KindRDAP && slices.Contains(s.cfg.SecondSource, suffix)
		if e.kind == vacant.KindRDAP && !s.cfg.NoRDAP || e.kind != vacant.KindRDAP && !s.cfg.NoWHOIS {
			kept = append(kept, e)
		}
	}
	return kept
}

// embeddedWorld reports whether the embedded tables are about this world.
func (s *Stage) embeddedWorld() bool {
	return s.cfg.World == "" || s.cfg.World == "internet"
}

func (s *Stage) handNamed(suffix string) []endpoint {
	var list []endpoint
	base := s.cfg.RDAPServers[suffix]
	if base == "" && s.handTable != nil {
		base, _ = s.handTable.baseFor(suffix)
	}
	if e, ok := rdapEndpoint(base, sourceHand); ok {
		list = append(list, e)
	}
	for addr := range strings.FieldsSeq(s.cfg.WHOISServers[suffix]) {
		list = append(list, port43ByHand(addr))
	}
	return list
}

// known returns the endpoints of IANA's bootstrap and of the embedded facts.
func (s *Stage) known(suffix string, f facts.Suffix) []endpoint {
	var list []endpoint
	if s.handTable == nil {
		list = s.listed(suffix, f)
	}
	return append(list, texts(f)...)
}

// texts returns the DAS and the WHOIS server of a suffix. A DAS goes first, it is
// cheaper for its registry and cannot be misread; but one whose "free" would
// need the WHOIS server's all the same goes behind it. One server is one source,
// however it is asked.
func texts(f facts.Suffix) (list []endpoint) {
	if e := whoisEndpoint(f.WHOISHost, sourceEmbedded); f.WHOISHost != "" && e.base != f.DAS.Addr {
		list = append(list, e)
	}
	if f.DAS.Addr == "" {
		return list
	}
	das := dasEndpoint(f.DAS.Addr, f.DAS.Set, f.DAS.Alone)
	if f.DAS.Alone {
		return append([]endpoint{das}, list...)
	}
	return append(list, das)
}

func (s *Stage) listed(suffix string, f facts.Suffix) []endpoint {
	bases, source := []string{}, sourceBootstrap
	if base, ok := s.table.Load().baseFor(suffix); ok {
		bases = append(bases, base)
	} else {
		bases, source = f.RDAPUnlisted, sourceEmbedded
	}
	for _, base := range bases {
		// Plain http proves nothing about who answered.
		if e, ok := rdapEndpoint(base, source); ok && e.url.Scheme == "https" {
			e.needsSecond = facts.NeedsSecond(suffix, base)
			return []endpoint{e}
		}
	}
	return nil
}

func rdapEndpoint(base, source string) (endpoint, bool) {
	u, err := url.Parse(base)
	if base == "" || err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return endpoint{}, false
	}
	return endpoint{kind: vacant.KindRDAP, base: base, url: u, host: u.Host, source: source}, true
}

func whoisEndpoint(addr, source string) endpoint {
	addr = ask.WithPort(strings.ToLower(addr), "43")
	host := addr
	if h, port, err := net.SplitHostPort(addr); err == nil && port == "43" {
		host = h
	}
	return endpoint{kind: vacant.KindWHOIS, base: addr, host: host, speaks: host, source: source}
}

// plan is how names under one suffix are judged.
type plan struct {
	suffix   string
	wildcard bool
	lanes    []*lane // the sources, in the order in which they are asked
}
