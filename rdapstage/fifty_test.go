package rdapstage

import (
	"fmt"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// BenchmarkFiftyRegistries reports the share of fifty registries' rates that is used.
func BenchmarkFiftyRegistries(b *testing.B) {
	const rate = 20
	servers := map[string]string{}
	var list []*rdaptest.Server
	var names []string
	var controls fixedControls
	for i := range 50 {
		tld := fmt.Sprintf("tld%c%c", 'a'+i/26, 'a'+i%26)
		srv := rdaptest.Serve(b, rdaptest.Limit(rate, rdaptest.Honest(rdaptest.Names("taken."+tld))))
		list, servers[tld], controls = append(list, srv), srv.Base(), append(controls, vacant.Name("taken."+tld))
		names = append(names, numbered("n%d."+tld, 200)...)
	}
	for b.Loop() {
		cfg := Config{RDAPServers: servers, Controls: controls, Rates: map[string]float64{"": rate}}
		s := newStage(b, cfg)
		began := time.Now()
		judge(b, s, frees(names...))
		took := time.Since(began).Seconds()
		b.ReportMetric(100*float64(len(names))/(took*rate*50), "%names")
		asked, most := 0, 0
		for _, srv := range list {
			asked += len(srv.Asked())
			most = max(most, busiestSecond(srv.Times()))
		}
		b.ReportMetric(100*float64(asked)/(took*rate*50), "%rate")
		b.ReportMetric(float64(s.Stats().Limited), "429s")
		b.ReportMetric(float64(most), "most/s")
	}
}
