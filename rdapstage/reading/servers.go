package reading

import (
	"slices"

	"vacant/rdapstage/facts"
)

// row is what is known of one server alone, beside the strict lines, which hold
// for all. Without a row a listed server is read by those.
type row struct {
	whole   []string   // whole replies, in lower case, lines joined by "|", the name as {name}
	unended []string   // ... and such that it sends without a line break at the end
	repeats bool       // its "not found" always has the name: one without is not its own
	ending  string     // what it leaves out of names: ".to"
	lines   []*pattern // "not found" sentences that no other server writes; group 1, if any, is the name
}

// rowOf returns what is known of host alone, or of the operator of the TLD it
// stands for.
func rowOf(host string) row {
	r := rows[host]
	_, tld, _ := facts.CutTLD(host)
	if f := facts.For(tld); f.WHOISHost == host && f.RDAPBase != "" {
		r.whole = append(slices.Clip(r.whole), wholeOfOperator[facts.BaseOperator(f.RDAPBase)]...)
	}
	return r
}

// wholeOfOperator are the whole replies of an operator's many hosts.
var wholeOfOperator = map[string][]string{
	"centralnic": {"domain not found"}, "radix": {"domain not found"}, "identitydigital": {"not found"},
}

// rows are the servers known by themselves. Their whole replies were each seen
// to be all that these servers send.
var rows = rowsOf(
	group{row{repeats: true}, []string{"whois.verisign-grs.com", "ccwhois.verisign-grs.com", "tvwhois.verisign-grs.com", "whois.nic.name",
		"whois.dns.be", "whois.iis.se", "whois.nic.nu", "whois.nic.it", "whois.nic.uk", "whois.registro.br", "whois.cira.ca"}},
	group{row{repeats: true, ending: ".eu"}, []string{"whois.eu"}},
	group{row{repeats: true, whole: []string{"domain: {name}|status: free"}}, []string{"whois.denic.de"}},
	group{row{repeats: true, whole: []string{"{name} is free"}}, []string{"whois.domain-registry.nl"}},
	group{row{repeats: true, whole: []string{"{name} - no match"}, unended: []string{"{name} no match"}}, []string{"whois.dns.pt"}},
	group{row{ending: ".to", whole: []string{"tonic whoisd v1.1|no match for {label}"}, lines: compileAll(`no match for ([a-z0-9-]+)`)}, []string{"whois.tonic.to", "whois.tonicregistry.to"}},
	group{row{whole: []string{"not found"}}, []string{"whois.aero", "whois.dotmobiregistry.net", "whois.nic.ag", "whois.afilias.net", "whois.afilias.info", "whois.afilias-grs.info",
		"whois.pir.org", "whois.publicinterestregistry.net", "whois.dotpostregistry.net", "whois.inregistry.net", "whois.nixiregistry.in", "whois.nic.me", "whois.nic.sc",
		"whois.nic.mn", "whois.nic.hn", "whois.nic.asia", "whois.nic.xxx", "whois.nic.post", "whois.nic.mobi", "whois.identitydigital.services"}},
	group{row{whole: []string{"domain not found"}}, []string{"whois.nic.la", "whois.nic.xyz", "whois.pandi.or.id", "whois.id", "whois.nic.pw", "whois.nic.fm", "whois.nic.gl"}},
	group{row{whole: []string{"error:103: domain is not registered"}, unended: []string{"error:103: domain is not registered"}}, []string{"whois.rnids.rs"}},
	group{row{unended: []string{"all rights reserved.|copyright \"generic nic\".|domain {name} not found"}}, []string{"whois.nic.ci"}},
	group{row{lines: compileAll(`no found`)}, []string{"whois.twnic.net", "whois.twnic.net.tw"}},
	group{row{lines: compileAll(`this domain is not available in our whois database`)}, []string{"whois.nic.lk", "whois.register.lk"}},
	group{row{lines: compileAll(reThing + `name is not registered to krnic`)}, []string{"whois.kr", "whois.krnic.net", "whois.nic.or.kr"}},
)

// group is a row that servers have in common.
type group struct {
	row   row
	hosts []string
}

func rowsOf(groups ...group) map[string]row {
	m := map[string]row{}
	for _, g := range groups {
		for _, host := range g.hosts {
			m[host] = g.row
		}
	}
	return m
}
