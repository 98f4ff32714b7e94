package pipeline

import (
	"slices"
	"strings"
	"testing"

	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/rdapstage/facts"
)

// Faults that are harmless one by one may not be so together.
func TestFaultsTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("many hunts")
	}
	for _, tt := range []struct {
		faults string
		via    func(l *lab.Lab, c *dnsstage.Config)
		none   []string
		whois  bool // RDAP is not asked
	}{
		{faults: "rdap-404-all=io whois-free-all=io", none: []string{"io"}},
		{faults: "dns-wildcard=io whois-free-all=io", none: []string{"io"}},
		{faults: "dns-wildcard=io rdap-404-all=io", none: []string{"io"}},
		{faults: "dns-wildcard=com rdap-wrong-name"},
		{faults: "rdap-html-404 whois-empty", none: []string{"com", "dev", "io"}},
		{faults: "rdap-html-404 whois-limit=400", none: []string{"dev"}},
		{faults: "rdap-redirect whois-hang", none: []string{"com", "dev", "io"}},
		{faults: "rdap-404-after=150 whois-free-all=com rdap-empty-200=0.2"},
		{faults: "rdap-403-reserved rdap-500=0.02 rdap-empty-200=0.2 rdap-429=400"},
		{faults: "whois-free-all=com whois-limit=400", whois: true, none: []string{"com", "dev"}},
		{faults: "resolver-lies=nxdomain rdap-404-after=200 dns-servfail=0.1", via: resolvers},
		{faults: "resolver-lies=hijack rdap-404-all=dev dns-truncate=0.3 dns-forge=3", via: resolvers, none: []string{"dev"}},
		{faults: "resolver-lies=nxdomain dns-wildcard=io rdap-500=0.02", via: resolvers},
		{faults: "dead-proxy silent-proxy proxy-auth rdap-404-after=100", via: proxies},
		{faults: "resolver-lies=nxdomain dead-proxy", via: resolversByProxy},
		{faults: "dns-lowercase dns-forge=2 dns-truncate=0.1 dns-servfail=0.1 dns-refused=0.1 rdap-wrong-name"},
	} {
		t.Run(tt.faults, func(t *testing.T) {
			t.Parallel()
			tr := trial{patterns: []string{"{C}{V}{C}"}, tlds: []string{"com", "dev", "io"}, via: tt.via,
				lab: lab.Config{Seed: 101, Density: 0.8, Loss: 0.02, Faults: strings.Fields(tt.faults)}}
			tr.change = func(c *Config) { c.RDAP.NoRDAP = tt.whois }
			tr.lab.Reserved = facts.ReservedLabels()
			o := tr.runIn(t.Context(), t, tr.startLab(t))
			missed := o.neverWrong(t)
			for _, name := range o.emitted {
				if slices.Contains(tt.none, name.Parent()) {
					t.Errorf("%s was called available with nobody to prove it", name)
				}
			}
			t.Logf("%d available, %d missed", len(o.emitted), missed)
		})
	}
}

func resolversByProxy(l *lab.Lab, c *dnsstage.Config) {
	resolvers(l, c)
	c.Proxies, c.Concurrency = l.Proxies(), 100
}
