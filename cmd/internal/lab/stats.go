package lab

// Stats counts what a lab was asked.
type Stats struct {
	Root, TLD, Resolver, Hosting uint64 // DNS queries read, over UDP and TCP; a single server's are all TLD's
	TCP                          uint64 // those of them over TCP
	Dropped                      uint64 // UDP queries lost on purpose
	Bootstrap                    uint64 // fetches of the bootstrap file
	Connects                     uint64 // connections through proxies
	Operators                    []OperatorStats
	Faults                       []FaultStats // of RDAP and WHOIS
	Strays                       uint64       // connections to the server behind redirects and referrals
}

// OperatorStats counts what one operator's registries were asked.
type OperatorStats struct {
	TLDs         []string
	RDAP         uint64 // requests, those over the limit among them
	RDAPLimited  uint64 // answered 429
	WHOIS        uint64
	WHOISLimited uint64 // answered with the limit text
	DAS          uint64
	DASLimited   uint64
	MaxPerSecond int // the most requests, of all three, in any one second
}

// Stats returns the counters; safe at any time.
func (l *Lab) Stats() Stats {
	var st Stats
	st.addDNS(&st.Root, l.root)
	st.addDNS(&st.TLD, l.tld)
	st.addDNS(&st.Resolver, l.resolver)
	st.addDNS(&st.Hosting, l.site)
	st.Bootstrap = l.bootstrap.fetched.Load()
	for _, s := range l.socks {
		st.Connects += s.connected.Load()
	}
	st.Faults, st.Strays = l.hostility.stats(), l.hostility.strays.Load()
	for _, o := range l.operators {
		st.Operators = append(st.Operators, OperatorStats{
			TLDs: o.tlds,
			RDAP: o.desks[TellerRDAP].asked.Load(), RDAPLimited: o.desks[TellerRDAP].limited.Load(),
			WHOIS: o.desks[TellerWHOIS].asked.Load(), WHOISLimited: o.desks[TellerWHOIS].limited.Load(),
			DAS: o.desks[TellerDAS].asked.Load(), DASLimited: o.desks[TellerDAS].limited.Load(),
			MaxPerSecond: o.window.max(),
		})
	}
	return st
}

func (st *Stats) addDNS(kind *uint64, servers []*dnsServer) {
	for _, s := range servers {
		*kind += s.asked.Load()
		st.TCP += s.tcp.Load()
		st.Dropped += s.dropped.Load()
	}
}
