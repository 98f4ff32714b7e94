package ask

import (
	"vacant"
	"vacant/rdapstage/facts"
)

// WHOISQuery returns what to send to a host that speaks as host does to ask
// about name: most take the bare name, some need the words that keep them from
// searching or from answering in another script.
func WHOISQuery(host string, name vacant.Name) string {
	switch facts.BareHost(host) {
	case "whois.verisign-grs.com", "whois.crsnic.net", "ccwhois.verisign-grs.com", "tvwhois.verisign-grs.com", "jobswhois.verisign-grs.com":
		return "domain " + string(name)
	case "whois.denic.de":
		return "-T dn,ace " + string(name)
	case "whois.jprs.jp":
		return string(name) + "/e"
	case "whois.punktum.dk", "whois.dk-hostmaster.dk":
		return "--show-handles " + string(name)
	}
	return string(name)
}
