package rdapstage

import "testing"

func BenchmarkClassifyWHOIS(b *testing.B) {
	for name, text := range map[string]string{"available": verisignFree("example123.com"), "registered": registeredRecord("example123.com")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ClassifyWHOIS("whois.verisign-grs.com", "example123.com", false, []byte(text))
			}
		})
	}
}
