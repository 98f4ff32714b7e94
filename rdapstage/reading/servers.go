package reading

import (
	"slices"

	"vacant/rdapstage/facts"
)

// echoes are servers whose "not found" always repeats the name: one that does
// not is not theirs.
var echoes = setOf("whois.verisign-grs.com", "ccwhois.verisign-grs.com", "tvwhois.verisign-grs.com", "whois.nic.name",
	"whois.denic.de", "whois.eu", "whois.domain-registry.nl", "whois.dns.be", "whois.iis.se", "whois.nic.nu",
	"whois.nic.it", "whois.nic.uk", "whois.registro.br", "whois.dns.pt", "whois.cira.ca")

// labelsOnly are servers that repeat the label without the TLD.
var labelsOnly = map[string]string{"whois.tonic.to": ".to", "whois.tonicregistry.to": ".to", "whois.eu": ".eu"}

// Whole replies, in lower case, of servers that answer with fewer than
// minGeneric octets; lines are joined by "|", the name is {name}. They were
// each seen to be all that these servers send.
var (
	afiliasShort    = []string{"not found"}
	centralnicShort = []string{"domain not found"}
	adamsShort      = []string{"not found..."}
	ausShort        = []string{"no data found"}
	cnnicShort      = []string{"no matching record."}
	fredShort       = []string{"no entries found.", "no entries found", "error:101: no entries found", "error:101: no entries found|no entries found."}
	denicShort      = []string{"domain: {name}|status: free"}
	ptShort         = []string{"{name} - no match", "{name} no match"}
	rnidsShort      = []string{"error:103: domain is not registered"}
)

// shortReplies are the short whole replies by host.
var shortReplies = byHost(
	shortFamily{afiliasShort, []string{"whois.aero", "whois.dotmobiregistry.net", "whois.nic.ag", "whois.afilias.net", "whois.afilias.info", "whois.afilias-grs.info",
		"whois.pir.org", "whois.publicinterestregistry.net", "whois.dotpostregistry.net", "whois.inregistry.net", "whois.nixiregistry.in", "whois.nic.me", "whois.nic.sc",
		"whois.nic.mn", "whois.nic.hn", "whois.nic.asia", "whois.nic.xxx", "whois.nic.post", "whois.nic.mobi", "whois.identitydigital.services"}},
	shortFamily{centralnicShort, []string{"whois.nic.la", "whois.nic.xyz", "whois.pandi.or.id", "whois.id", "whois.nic.pw", "whois.nic.fm", "whois.nic.gl", "whois.sgnic.sg", "whois.tld.ee", "whois.ficora.fi", "whois.bnnic.bn"}},
	shortFamily{adamsShort, []string{"whois.nic.dm", "whois.dmdomains.dm", "whois.nic.gd", "whois.nic.tc", "whois.nic.vg", "whois.kyregistry.ky"}},
	shortFamily{ausShort, []string{"whois.audns.net.au", "whois.auda.org.au", "whois.aeda.net.ae", "whois.registry.om", "whois.registry.qa"}},
	shortFamily{cnnicShort, []string{"whois.cnnic.cn", "whois.cnnic.net.cn", "cwhois.cnnic.cn"}},
	shortFamily{fredShort, []string{"whois.nic.cz", "whois.nic.fo", "whois.nic.mw", "whois.tznic.or.tz", "whois.nic.sm", "whois.marnet.mk", "whois.nic.ar", "whois.nic.cr", "whois.nic.ad", "whois.nic.bo", "whois.eenet.ee", "whois.nic.cl"}},
	shortFamily{denicShort, []string{"whois.denic.de"}},
	shortFamily{[]string{"{name} is free"}, []string{"whois.domain-registry.nl"}},
	shortFamily{ptShort, []string{"whois.dns.pt"}},
	shortFamily{rnidsShort, []string{"whois.rnids.rs"}},
	shortFamily{[]string{"object does not exist"}, []string{"whois.cctld.by"}},
	shortFamily{[]string{"the domain has not been registered."}, []string{"whois.hkirc.hk", "whois.hkdnr.net.hk"}},
	shortFamily{[]string{"the domain name is not registered."}, []string{"whois.nic.ch", "whois.nic.li"}},
	shortFamily{[]string{"not found"}, []string{"whois.nic.ly", "whois.gg", "whois.je", "whois.nic.mc"}},
	shortFamily{[]string{"no object found!"}, []string{"whois.ati.tn"}},
	shortFamily{[]string{"no such domain"}, []string{"whois.dns.lu"}},
	shortFamily{[]string{"error: no entries found"}, []string{"whois.dns.hr"}},
	shortFamily{[]string{"no found"}, []string{"whois.twnic.net", "whois.twnic.net.tw"}},
	shortFamily{[]string{"no_se_encontro_el_objeto/object_not_found", "object_not_found"}, []string{"whois.mx", "whois.nic.mx"}},
	shortFamily{[]string{"no match / nincs talalat", "no match / nincs tal\u00e1lat"}, []string{"whois.nic.hu"}},
	shortFamily{[]string{"no entries found in the .nc database"}, []string{"whois.nc"}},
	shortFamily{[]string{"available"}, []string{"coza-whois.registry.net.za", "org-whois.registry.net.za"}},
	shortFamily{[]string{"tonic whoisd v1.1|no match for {label}"}, []string{"whois.tonic.to", "whois.tonicregistry.to"}},
	shortFamily{[]string{"this domain is available for registration"}, []string{"whois.domain.kg", "whois.kg"}},
)

// shortFamily is a set of whole replies that hosts have in common.
type shortFamily struct {
	replies, hosts []string
}

func byHost(families ...shortFamily) map[string][]string {
	m := map[string][]string{}
	for _, f := range families {
		for _, host := range f.hosts {
			m[host] = append(m[host], f.replies...)
		}
	}
	return m
}

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// isShortReply reports whether text is the whole reply that host, or the
// operator of the TLD it stands for, is known to give.
func isShortReply(host, text string) bool {
	if slices.Contains(shortReplies[host], text) {
		return true
	}
	_, tld, _ := facts.CutTLD(host)
	f := facts.For(tld)
	if f.WHOISHost != host || f.RDAPBase == "" {
		return false
	}
	switch facts.BaseOperator(f.RDAPBase) {
	case "centralnic", "radix":
		return slices.Contains(centralnicShort, text)
	case "identitydigital":
		return slices.Contains(afiliasShort, text)
	}
	return false
}
