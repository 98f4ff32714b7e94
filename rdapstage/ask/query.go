package ask

import (
	"context"
	"fmt"
	"net/url"
	"strings"

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

// DASQuery returns the line that asks a service of a closed set ([facts.DAS])
// about name, as its registry documents it: EURid's takes the label alone
// (eurid.eu, "lookup services"), DNS Belgium's the name and nothing else
// (docs.dnsbelgium.be, "Whois and das"), DOMREG's a command and the name
// (domreg.lt, "How to get the information on domains"), SWITCH's, Arnes' and
// Norid's the name, SIDN's its WHOIS server and the word "is".
func DASQuery(set string, name vacant.Name) string {
	switch set {
	case "eurid":
		return "get 1.0 " + name.Label()
	case "domreg":
		return "get 1.0 " + string(name)
	case "sidn":
		return "is " + string(name)
	}
	return string(name)
}

// Free asks Internetstiftelsen's service, which speaks HTTP and no TLS, about a
// name: a GET of /free?q=NAME from addr (host:port).
func (a *Asker) Free(ctx context.Context, addr string, name vacant.Name, hand bool) (Page, error) {
	if !bareName(name) {
		return Page{}, fmt.Errorf("%w: %.80q", ErrQuestion, name)
	}
	u := &url.URL{Scheme: "http", Host: strings.TrimSuffix(addr, ":80"), Path: "/free", RawQuery: "q=" + string(name)}
	return a.Get(ctx, Request{URL: u, Hand: hand, Plain: true, Limit: MaxText})
}
