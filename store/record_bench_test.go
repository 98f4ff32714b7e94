package store

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"vacant"
)

// aLedger is an available name as a hunt of com writes it: its own answer, two
// registered controls and a free one.
func aLedger(name string, at time.Time) vacant.Result {
	asked := func(n string) string { return "https://rdap.verisign.com/com/v1/domain/" + n }
	before := func(d time.Duration) time.Time { return at.Add(-d) }
	r, err := vacant.NewAvailable(vacant.Name(name), vacant.Proof{
		DNS:           vacant.DNSProof{At: before(time.Second).Truncate(time.Second), Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.5.6.30:53", Flags: vacant.FlagProven, RTTMilli: 14},
		Registry:      vacant.Evidence{At: at, Kind: vacant.KindRDAP, Asked: asked(name), Server: "rdap.verisign.com", Code: "404", Says: "available", Excerpt: "404 without a body"},
		ControlBefore: before(time.Second), ControlAfter: at,
	}, at)
	if err != nil {
		panic(err)
	}
	r.Source, r.RunID = "pattern", "20261121T062207Z-ef4551bc"
	rdap := vacant.Evidence{Kind: vacant.KindRDAP, Server: "rdap.verisign.com"}
	own, first, last, free := rdap, rdap, rdap, rdap
	own.At, own.Asked, own.Code, own.Says, own.Excerpt = at, asked(name), "404", "available", "404 without a body"
	first.At, first.Control, first.Asked, first.Code, first.Says, first.Excerpt = before(13661261), "registered", asked("google.com"), "200", "registered", "ldhName: GOOGLE.COM"
	last.At, last.Asked, last.Code, last.Says, last.Excerpt = at.Add(1879412), asked("zebra.com"), "200", "registered", "ldhName: ZEBRA.COM"
	free.At, free.Control, free.Asked, free.Code, free.Says, free.Excerpt = before(17263524), "free", asked("xgrneuucqmysytomknwl.com"), "404", "available", "404 without a body"
	r.Evidence = []vacant.Evidence{r.DNS.Evidence(r.Name), own, first, last, free}
	return r
}

// aRegistered is a name that has no delegation and that its registry knows.
func aRegistered(name string, at time.Time) vacant.Result {
	r := vacant.NewRegistered(vacant.Name(name), vacant.PendingDelete)
	r.CheckedAt, r.Method, r.RegistryServer, r.RegistryCode, r.Registrar = at, "rdap", "rdap.verisign.com", "200", "Blue Kiosk Registrar, Inc."
	r.DNS = vacant.DNSProof{At: at.Add(-time.Second).Truncate(time.Second), Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.5.6.30:53", Flags: vacant.FlagProven, RTTMilli: 14}
	r.CreatedAt, r.ExpiresAt = at.Truncate(time.Hour).AddDate(-9, 0, 0), at.Truncate(time.Hour).AddDate(0, 0, 40)
	r.Source, r.RunID = "pattern", "20261121T062207Z-ef4551bc"
	r.Evidence = []vacant.Evidence{r.DNS.Evidence(r.Name), {At: at.Add(-1071), Kind: vacant.KindRDAP, Asked: "https://rdap.verisign.com/com/v1/domain/" + name,
		Server: "rdap.verisign.com", Code: "200", Says: "registered", Excerpt: "ldhName: " + name + "; status: pending delete"}}
	return r
}

// aTimeout is a name about which DNS was silent.
func aTimeout(name string, at time.Time) vacant.Result {
	return dnsResult(name, vacant.DNSProof{At: at.Truncate(time.Second), Status: vacant.StatusTimeout, Rcode: vacant.RcodeNone, Server: "192.5.6.30:53"}, "pattern", "20261121T062207Z-ef4551bc")
}

// BenchmarkResult is encoding and decoding of one record, as JSON (the form of
// schema 1) and compact; octets/record is the value's size.
func BenchmarkResult(b *testing.B) {
	at := t0.Add(534784013)
	for name, r := range map[string]vacant.Result{"available": aLedger("babe.com", at), "registered": aRegistered("babe.com", at), "timeout": aTimeout("babe.com", at)} {
		key := []byte("babe.com")
		text, _ := json.Marshal(r)
		old := append([]byte{formJSON, byte(r.Verdict())}, text...)
		compact := appendResult(nil, key, &r)
		if r.Verdict() == vacant.Undetermined {
			compact = appendDNSResult(nil, key, "babe.com", r.DNS, r.Source, r.RunID)
		}
		for form, v := range map[string][]byte{"json": old, "compact": compact} {
			b.Run(fmt.Sprintf("%s/%s/decode", name, form), func(b *testing.B) {
				benchDecode(b, &reader{}, key, v)
			})
		}
		b.Run(name+"/compact/decode-lean", func(b *testing.B) { benchDecode(b, &reader{lean: true}, key, compact) })
		b.Run(name+"/json/encode", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = json.Marshal(r)
			}
		})
		b.Run(name+"/compact/encode", func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = appendResult(buf[:0], key, &r)
			}
		})
	}
}

func benchDecode(b *testing.B, d *reader, key, v []byte) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.result(key, v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(v)), "octets/record")
}
