package reading

import (
	"testing"

	"vacant/rdapstage/rdaptest"
)

func BenchmarkClassifyWHOIS(b *testing.B) {
	for name, text := range map[string]string{"available": rdaptest.FreeText("example123.com"), "registered": rdaptest.RecordText("example123.com")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				WHOIS("whois.verisign-grs.com", "example123.com", false, []byte(text))
			}
		})
	}
}
