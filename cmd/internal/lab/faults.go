package lab

import (
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
}

// faults is everything that is to go wrong in a lab.
type faults struct {
	dns   dnsFaults
	lies  []string // of the resolvers added to the honest ones
	rdap  rdapFaults
	whois whoisFaults

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
	table := slices.Concat(dnsFaultTable(), rdapFaultTable(), whoisFaultTable(), proxyFaultTable())
	slices.SortFunc(table, func(a, b faultSetter) int { return strings.Compare(a.Name, b.Name) })
	return table
}

func dnsFaultTable() []faultSetter {
	return []faultSetter{
		{FaultKind{"dns-servfail", "SHARE", "TLD servers and resolvers answer a share of queries SERVFAIL"},
			func(f *faults, arg string) error { return share(&f.dns.servfail, arg) }},
		{FaultKind{"dns-refused", "SHARE", "TLD servers and resolvers answer a share of queries REFUSED"},
			func(f *faults, arg string) error { return share(&f.dns.refused, arg) }},
		{FaultKind{"dns-truncate", "SHARE", "TLD servers and resolvers send a share of UDP answers empty, with TC"},
			func(f *faults, arg string) error { return share(&f.dns.truncate, arg) }},
		{FaultKind{"dns-forge", "N", "N forged replies before each right one, over UDP"},
			func(f *faults, arg string) error { return count(&f.dns.forge, arg, 100) }},
		{FaultKind{"dns-lowercase", "", "TLD servers and resolvers do not keep the case of a question"},
			func(f *faults, _ string) error { f.dns.lowercase = true; return nil }},
		{FaultKind{"dns-tcp-single", "", "TLD servers and resolvers close a TCP connection when a query comes before the last one is answered"},
			func(f *faults, _ string) error { f.dns.single = true; return nil }},
		{FaultKind{"dns-wildcard", "TLD", "the TLD's servers answer NOERROR, empty, for names that do not exist"},
			func(f *faults, arg string) error { return word(&f.dns.wildcard, arg) }},
		{FaultKind{"resolver-lies", "[" + strings.Join(lieKinds, "|") + "]", "one more resolver, which lies: nothing exists (nxdomain, also for one TLD: tld, or after a while: later), everything does (hijack), what is absent has its address (address), one name in ten is absent (some)"},
			setLie},
		{FaultKind{"resolvers", "N", "N honest resolvers, not two"},
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

func rdapFaultTable() []faultSetter {
	return []faultSetter{
		{FaultKind{"rdap-404-all", "TLD", "the TLD's RDAP answers 404 about every name"},
			func(f *faults, arg string) error { return word(&f.rdap.all404, arg) }},
		{FaultKind{"rdap-403-reserved", "", "RDAP answers 403, not 404, about reserved names"},
			func(f *faults, _ string) error { f.rdap.forbid = true; return nil }},
		{FaultKind{"rdap-404-after", "N", "each RDAP server answers 404 about every name after N right answers"},
			func(f *faults, arg string) error { f.rdap.limited404 = true; return count(&f.rdap.after, arg, 1<<30) }},
		{FaultKind{"rdap-429", "RATE", "RDAP answers 429 beyond RATE requests a second and operator"},
			func(f *faults, arg string) error { return rate(&f.rdap.rate, arg) }},
		{FaultKind{"rdap-500", "SHARE", "RDAP answers a share of requests 500"},
			func(f *faults, arg string) error { return share(&f.rdap.broken, arg) }},
		{FaultKind{"rdap-empty-200", "SHARE", "RDAP answers a share of requests 200 without a body"},
			func(f *faults, arg string) error { return share(&f.rdap.empty, arg) }},
		{FaultKind{"rdap-html-404", "", "RDAP's 404 is a web page"},
			func(f *faults, _ string) error { f.rdap.html = true; return nil }},
		{FaultKind{"rdap-redirect", "", "RDAP redirects to a server that knows no name at all"},
			func(f *faults, _ string) error { f.rdap.redirect = true; return nil }},
		{FaultKind{"rdap-slow", "DUR", "RDAP takes DUR for each answer"},
			func(f *faults, arg string) error { return duration(&f.rdap.slow, arg) }},
		{FaultKind{"rdap-wrong-name", "", "RDAP returns the record of another name"},
			func(f *faults, _ string) error { f.rdap.wrongName = true; return nil }},
	}
}

func whoisFaultTable() []faultSetter {
	return []faultSetter{
		{FaultKind{"whois-empty", "", "WHOIS closes without a word"},
			func(f *faults, _ string) error { f.whois.empty = true; return nil }},
		{FaultKind{"whois-free-all", "TLD", "the TLD's WHOIS says of every name that it does not exist"},
			func(f *faults, arg string) error { return word(&f.whois.freeAll, arg) }},
		{FaultKind{"whois-hang", "", "WHOIS takes the question and never answers"},
			func(f *faults, _ string) error { f.whois.hang = true; return nil }},
		{FaultKind{"whois-limit", "RATE", "WHOIS sends its limit text beyond RATE requests a second and operator"},
			func(f *faults, arg string) error { return rate(&f.whois.rate, arg) }},
	}
}

func proxyFaultTable() []faultSetter {
	return []faultSetter{
		{FaultKind{"dead-proxy", "", "one more proxy, which refuses connections"},
			func(f *faults, _ string) error { f.deadProxy = true; return nil }},
		{FaultKind{"proxy-auth", "", "one more proxy, which refuses its password"},
			func(f *faults, _ string) error { f.proxyAuth = true; return nil }},
		{FaultKind{"silent-proxy", "", "one more proxy, which accepts connections and says nothing"},
			func(f *faults, _ string) error { f.silentProxy = true; return nil }},
	}
}

// FaultKinds returns all of them, sorted by name.
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
	i := slices.IndexFunc(table, func(s faultSetter) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("unknown fault %q; known are %s", name, usages(table))
	}
	kind := table[i]
	if given && kind.Arg == "" {
		return fmt.Errorf("fault %q takes no argument", name)
	}
	if err := kind.set(f, arg); err != nil {
		return fmt.Errorf("fault %q wants %s: %w; known are %s", name, kind.usage(), err, usages(table))
	}
	return nil
}

// usage writes a kind as it is given: KIND, KIND=ARG or KIND[=ARG].
func (k FaultKind) usage() string {
	switch {
	case k.Arg == "":
		return k.Name
	case k.Arg[0] == '[':
		return k.Name + "[=" + k.Arg[1:]
	}
	return k.Name + "=" + k.Arg
}

func usages(table []faultSetter) string {
	var all []string
	for _, s := range table {
		all = append(all, s.usage())
	}
	return strings.Join(all, ", ")
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
