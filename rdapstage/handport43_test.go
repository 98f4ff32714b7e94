package rdapstage

import (
	"testing"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
)

func TestHandNamedPort43ServersSpeakAsTheyAreSaidTo(t *testing.T) {
	for _, tt := range []struct {
		name, text         string
		kind               vacant.Kind
		base, host, speaks string
		das, query         string
	}{
		{"a bare host", "whois.example", vacant.KindWHOIS, "whois.example:43", "whois.example", "whois.example", "", "a.de"},
		{"an address", "127.0.0.1:4343", vacant.KindWHOIS, "127.0.0.1:4343", "127.0.0.1:4343", "127.0.0.1:4343", "", "a.de"},
		{"as another", "whois.denic.de@127.0.0.1:4343", vacant.KindWHOIS, "127.0.0.1:4343", "127.0.0.1:4343", "whois.denic.de", "", "-T dn,ace a.de"},
		{"as a DAS", "das.eu:4343@127.0.0.1:1", vacant.KindDAS, "127.0.0.1:1", "127.0.0.1:1", "das.eu:4343", "eurid", "get 1.0 a"},
		{"as a DAS that is one on its port only", "WHOIS.nic.ch:4343@[::1]:1", vacant.KindDAS, "[::1]:1", "[::1]:1", "whois.nic.ch:4343", "switch", "a.de"},
		{"as a DAS on its own WHOIS port", "whois.domain-registry.nl:43@127.0.0.1:1", vacant.KindDAS, "127.0.0.1:1", "127.0.0.1:1", "whois.domain-registry.nl", "sidn", "is a.de"},
		{"as the WHOIS of such", "whois.domain-registry.nl@127.0.0.1:1", vacant.KindWHOIS, "127.0.0.1:1", "127.0.0.1:1", "whois.domain-registry.nl", "", "a.de"},
		{"as that host's WHOIS", "whois.nic.ch@127.0.0.1:1", vacant.KindWHOIS, "127.0.0.1:1", "127.0.0.1:1", "whois.nic.ch", "", "a.de"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := checkPort43ByHand(tt.text); err != nil {
				t.Fatal(err)
			}
			e := port43ByHand(tt.text)
			query := ask.WHOISQuery(e.speaks, "a.de")
			if e.kind == vacant.KindDAS {
				query = ask.DASQuery(e.dasSet, "a.de")
			}
			if e.kind != tt.kind || e.base != tt.base || e.host != tt.host || e.speaks != tt.speaks || e.dasSet != tt.das || query != tt.query || !e.hand() {
				t.Errorf("%+v, asked %q", e, query)
			}
		})
	}
	for _, bad := range []string{"", " ", "@127.0.0.1:1", "whois.denic.de@", "a.example @b"} {
		if err := checkPort43ByHand(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestSecondSourceMakesRDAPWeak(t *testing.T) {
	s, err := New(t.Context(), Config{SecondSource: []string{"io"},
		RDAPServers:  map[string]string{"io": "http://127.0.0.1:1/", "de": "http://127.0.0.1:1/"},
		WHOISServers: map[string]string{"io": "127.0.0.1:2 127.0.0.1:3"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	io, de := s.endpoints("io", facts.Suffix{}), s.endpoints("de", facts.Suffix{})
	if len(io) != 3 || !io[0].needsSecond || io[1].needsSecond || io[1].base != "127.0.0.1:2" || io[2].base != "127.0.0.1:3" {
		t.Errorf("io is asked of %+v", io)
	}
	if len(de) != 1 || de[0].needsSecond {
		t.Errorf("de is asked of %+v", de)
	}
}
