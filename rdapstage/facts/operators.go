package facts

import (
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Limit is what an operator allows. Zero fields are no limit.
type Limit struct {
	PerSecond float64
	Burst     int
	PerDay    int
}

// OperatorOf returns who runs host, the unit of budgets: a name out of the
// embedded table, else the host's registrable domain; an address is an operator
// of its own, with its port. host may be host:port.
func OperatorOf(host string) string {
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
	return OperatorOf(u.Host)
}

// LimitOf returns the published limit of an operator, or the default for
// unknown ones: one question a second, two at once. Loopback has no limit.
func LimitOf(operator string) Limit {
	if IsLoopback(operator) {
		return Limit{}
	}
	if limit, ok := registryTables().limits[operator]; ok {
		return limit
	}
	return Limit{PerSecond: 1, Burst: 2}
}
