package facts

import (
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// operatorOf returns who runs host, the unit of budgets: a name out of the
// embedded table, else the host's registrable domain; an address is an operator
// of its own, with its port. host may be host:port.
func operatorOf(host string) string {
	bare := BareHost(host)
	if IsAddress(bare) || bare == "localhost" {
		return host
	}
	t := registryTables()
	for rest := bare; rest != ""; _, rest, _ = strings.Cut(rest, ".") {
		if operator, ok := t.operators[rest]; ok {
			return operator
		}
	}
	if operator := t.operatorOfOwnHost(bare); operator != "" {
		return operator
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(bare); err == nil {
		return domain
	}
	return bare
}

// operatorOfOwnHost finds who runs a TLD's own host ("whois.nic.xyz"): whoever
// runs its RDAP, under another name; "" if that is not known.
func (t *tables) operatorOfOwnHost(host string) string {
	_, tld, _ := CutTLD(host)
	f, ok := t.tlds[tld]
	if !ok || host != f.WHOISHost && host != "rdap.nic."+tld && host != "whois.nic."+tld {
		return ""
	}
	for rest := URLHost(f.RDAPBase); rest != ""; _, rest, _ = strings.Cut(rest, ".") {
		if operator, known := t.operators[rest]; known {
			return operator
		}
	}
	return ""
}

// BaseOperator returns the operator of a base URL.
func BaseOperator(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return operatorOf(u.Host)
}
