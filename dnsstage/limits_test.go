package dnsstage

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"vacant/dnsstage/dnstest"
)

// The limits are kept on the wire: what arrives at the servers, by the kernel's
// clock, over UDP and TCP, probes and repeats among it, never exceeds them.
func TestLimitsHoldOnTheWire(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg   Config
		limit int
		each  bool
	}{
		"200 in total":         {Config{RateLimit: 200}, 200, false},
		"200 to one server":    {Config{RatePerServer: 200}, 200, true},
		"5,000 in total":       {Config{RateLimit: 5000}, 5000, false},
		"5,000 to one server":  {Config{RatePerServer: 5000}, 5000, true},
		"50,000 in total":      {Config{RateLimit: 50_000}, 50_000, false},
		"50,000 to one server": {Config{RatePerServer: 50_000}, 50_000, true},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.limit < 50_000 {
				t.Parallel() // they leave the machine time
			}
			servers := []*dnstest.Capped{
				dnstest.StartCapped(t, dnstest.CappedConfig{CutEvery: 50}),
				dnstest.StartCapped(t, dnstest.CappedConfig{Takes: float64(tt.limit) / 4}),
			}
			tt.cfg.Authority = map[string][]netip.AddrPort{"com": {servers[0].Addr, servers[1].Addr}}
			s, err := New(tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			during := wireTime
			if tt.limit == 50_000 {
				during = 3 * wireTime / 5
			}
			ctx, cancel := context.WithTimeout(t.Context(), during)
			defer cancel()
			drive(ctx, s)
			closeStage(t, s)
			checkLimit(t, tt.limit, tt.each, servers)
		})
	}
}

// wireTime is long enough for a few windows of one second.
const wireTime = 2500 * time.Millisecond

func checkLimit(t *testing.T, limit int, each bool, servers []*dnstest.Capped) {
	t.Helper()
	total := dnstest.Busiest(servers...)
	t.Logf("%d in the busiest second in total, %d and %d to each server; the limit is %d", total, dnstest.Busiest(servers[0]), dnstest.Busiest(servers[1]), limit)
	most := total
	if each {
		most = max(dnstest.Busiest(servers[0]), dnstest.Busiest(servers[1]))
	}
	if most > limit {
		t.Errorf("%d queries arrived in one second, the limit is %d", most, limit)
	}
	if most < limit/2 {
		t.Errorf("only %d queries arrived in the busiest second, the limit is %d", most, limit)
	}
	tcp := 0
	for _, s := range servers {
		for _, a := range s.Arrivals() {
			if a.TCP {
				tcp++
			}
		}
	}
	if tcp == 0 {
		t.Error("no query came over TCP")
	}
}
