package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is one fault that --fault takes.
type FaultKind struct {
	Name string
	Arg  string // what stands after "=", "" for kinds without; in brackets where it may be left out
	Help string

	Protocol string // what it is about: DNS, RDAP, WHOIS, SOCKS5
	Switches bool   // it takes @WHEN
}

// scopeArg is the argument of kinds that say which requests they meet.
const scopeArg = "[SCOPE]"

// The protocols of [FaultKind.Protocol], in the order in which kinds are listed.
const (
	protocolDNS   = "DNS"
	protocolRDAP  = "RDAP"
	protocolWHOIS = "WHOIS"
	protocolBoth  = "RDAP and WHOIS"
	protocolSOCKS = "SOCKS5"
)

var protocols = []string{protocolDNS, protocolRDAP, protocolWHOIS, protocolBoth, protocolSOCKS}

// faults is everything that is to go wrong in a lab.
type faults struct {
	dns     dnsFaults
	lies    []string   // of the resolvers added to the honest ones
	hostile []*hostile // of RDAP and WHOIS, in the order given

	rdapRate, whoisRate float64 // requests a second instead of the lab's limit

	resolvers int // honest ones; 0 is the default

	deadProxy, silentProxy, proxyAuth bool
}

// faultSetter is a kind and what it does to the faults of a lab.
type faultSetter struct {
	FaultKind
	set func(f *faults, arg string) error
}

// faultTable returns all kinds.
func faultTable() []faultSetter {
	table := slices.Concat(dnsFaultTable(), limitFaultTable(), proxyFaultTable())
	for _, kind := range hostileKinds() {
		table = append(table, faultSetter{FaultKind: kind.FaultKind})
	}
	slices.SortFunc(table, func(a, b faultSetter) int {
		return cmp.Or(cmp.Compare(slices.Index(protocols, a.Protocol), slices.Index(protocols, b.Protocol)), strings.Compare(a.Name, b.Name))
	})
	return table
}

func dnsFaultTable() []faultSetter {
	return []faultSetter{
		{kindOf(protocolDNS, "dns-servfail", "SHARE", "TLD servers and resolvers answer a share of queries SERVFAIL"),
			func(f *faults, arg string) error { return share(&f.dns.servfail, arg) }},
		{kindOf(protocolDNS, "dns-refused", "SHARE", "TLD servers and resolvers answer a share of queries REFUSED"),
			func(f *faults, arg string) error { return share(&f.dns.refused, arg) }},
		{kindOf(protocolDNS, "dns-truncate", "SHARE", "TLD servers and resolvers send a share of UDP answers empty, with TC"),
			func(f *faults, arg string) error { return share(&f.dns.truncate, arg) }},
		{kindOf(protocolDNS, "dns-forge", "N", "N forged replies before each right one, over UDP"),
			func(f *faults, arg string) error { return count(&f.dns.forge, arg, 100) }},
		{kindOf(protocolDNS, "dns-lowercase", "", "TLD servers and resolvers do not keep the case of a question"),
			func(f *faults, _ string) error { f.dns.lowercase = true; return nil }},
		{kindOf(protocolDNS, "dns-tcp-single", "", "TLD servers and resolvers close a TCP connection when a query comes before the last one is answered"),
			func(f *faults, _ string) error { f.dns.single = true; return nil }},
		{kindOf(protocolDNS, "dns-wildcard", "TLD", "the TLD's servers answer NOERROR, empty, for names that do not exist"),
			func(f *faults, arg string) error { return word(&f.dns.wildcard, arg) }},
		{kindOf(protocolDNS, "resolver-lies", "["+strings.Join(lieKinds, "|")+"]", "one more resolver, which lies: nothing exists (nxdomain, also for one TLD: tld, or after a while: later), everything does (hijack), what is absent has its address (address), one name in ten is absent (some)"),
			setLie},
		{kindOf(protocolDNS, "resolvers", "N", "N honest resolvers, not two"),
			func(f *faults, arg string) error { return count(&f.resolvers, arg, maxResolvers) }},
	}
}

func setLie(f *faults, arg string) error {
	if arg == "" {
		arg = lieNXDomain
	}
	if !slices.Contains(lieKinds, arg) {
		return fmt.Errorf("%q is none of %s", arg, strings.Join(lieKinds, ", "))
	}
	if f.lies = append(f.lies, arg); len(f.lies) > maxResolvers {
		return fmt.Errorf("more than %d of them", maxResolvers)
	}
	return nil
}

// limitFaultTable has the limits of operators, which last for the life of a lab.
func limitFaultTable() []faultSetter {
	return []faultSetter{
		{kindOf(protocolRDAP, "rdap-429", "RATE", "429 beyond RATE requests a second and operator"),
			func(f *faults, arg string) error { return rate(&f.rdapRate, arg) }},
		{kindOf(protocolWHOIS, "whois-limit", "RATE", "a limit text beyond RATE requests a second and operator"),
			func(f *faults, arg string) error { return rate(&f.whoisRate, arg) }},
	}
}

// kindOf is a kind that does not switch.
func kindOf(protocol, name, arg, help string) FaultKind {
	return FaultKind{Name: name, Arg: arg, Help: help, Protocol: protocol}
}

func proxyFaultTable() []faultSetter {
	return []faultSetter{
		{kindOf(protocolSOCKS, "dead-proxy", "", "one more proxy, which refuses connections"),
			func(f *faults, _ string) error { f.deadProxy = true; return nil }},
		{kindOf(protocolSOCKS, "proxy-auth", "", "one more proxy, which refuses its password"),
			func(f *faults, _ string) error { f.proxyAuth = true; return nil }},
		{kindOf(protocolSOCKS, "silent-proxy", "", "one more proxy, which accepts connections and says nothing"),
			func(f *faults, _ string) error { f.silentProxy = true; return nil }},
	}
}

// FaultKinds returns all of them, by protocol and name.
func FaultKinds() []FaultKind {
	var kinds []FaultKind
	for _, s := range faultTable() {
		kinds = append(kinds, s.FaultKind)
	}
	return kinds
}

// parseFaults reads the KIND or KIND=ARG words of a configuration.
func parseFaults(words []string) (*faults, error) {
	f, table := new(faults), faultTable()
	for _, w := range words {
		if err := f.parse(table, w); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *faults) parse(table []faultSetter, w string) error {
	name, arg, given := strings.Cut(w, "=")
	if at := strings.IndexByte(name, '@'); at >= 0 {
		name = name[:at]
	}
	i := slices.IndexFunc(table, func(s faultSetter) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("unknown fault %q%s", name, likely(name, table))
	}
	if kind, ok := findHostile(name); ok {
		h, err := newHostile(kind, w)
		f.hostile = append(f.hostile, h)
		return err
	}
	kind := table[i]
	switch {
	case strings.Contains(w, "@"):
		return fmt.Errorf("fault %q is on all the time: only those of RDAP and WHOIS switch, and not their limits", name)
	case given && kind.Arg == "":
		return fmt.Errorf("fault %q takes no argument", name)
	}
	if err := kind.set(f, arg); err != nil {
		return fmt.Errorf("fault %q is written %s: %w", name, kind.usage(), err)
	}
	return nil
}

// likely names the kinds that begin as a misspelt one does.
func likely(name string, table []faultSetter) string {
	var near []string
	for n := len(name); n >= 3 && len(near) == 0; n-- {
		for _, s := range table {
			if strings.HasPrefix(s.Name, name[:n]) {
				near = append(near, s.Short())
			}
		}
	}
	if len(near) == 0 || len(near) > 12 {
		return ""
	}
	return "; there are " + strings.Join(near, ", ")
}

// usage writes a kind as it is given: KIND, KIND=ARG or KIND[=ARG].
func (k FaultKind) usage() string {
	switch {
	case k.Arg == "":
		return k.Name
	case k.Arg[0] == '[':
		return k.Name + "[=" + k.Arg[1:] + k.when()
	}
	return k.Name + "=" + k.Arg + k.when()
}

// Short is the name with its argument, without what most kinds of RDAP and WHOIS
// take: a scope, and when they are on.
func (k FaultKind) Short() string {
	if k.Arg == scopeArg {
		return k.Name
	}
	k.Switches = false
	return k.usage()
}

func (k FaultKind) when() string {
	if k.Switches {
		return "[@WHEN]"
	}
	return ""
}

func share(to *float64, arg string) error {
	v, err := strconv.ParseFloat(arg, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return fmt.Errorf("%q is no share from 0 to 1", arg)
	}
	*to = v
	return nil
}

func rate(to *float64, arg string) error {
	v, err := strconv.ParseFloat(arg, 64)
	if err != nil || !(v > 0 && v <= 1e9) {
		return fmt.Errorf("%q is no rate above 0", arg)
	}
	*to = v
	return nil
}

func count(to *int, arg string, most int) error {
	v, err := strconv.Atoi(arg)
	if err != nil || v < 0 || v > most {
		return fmt.Errorf("%q is no number from 0 to %d", arg, most)
	}
	*to = v
	return nil
}

func duration(to *time.Duration, arg string) error {
	v, err := time.ParseDuration(arg)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration such as 500ms", arg)
	}
	*to = v
	return nil
}

func word(to *string, arg string) error {
	*to = strings.ToLower(strings.Trim(arg, "."))
	if *to == "" {
		return fmt.Errorf("%q is no TLD", arg)
	}
	return nil
}
