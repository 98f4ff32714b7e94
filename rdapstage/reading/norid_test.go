package reading

import (
	"fmt"
	"testing"

	"vacant"
)

// TestNoridsRefusalsAreNoNo: Norid answers 404 to names that cannot be registered,
// for good or for now, and says so in the message alone.
func TestNoridsRefusalsAreNoNo(t *testing.T) {
	for text, want := range map[string]vacant.Verdict{
		"Domain is not registered":                            vacant.Available,
		"Domain is not available for registration":            vacant.Reserved,
		"Domain is currently not available for registration":  vacant.Reserved,
		"Domain is currently not available for registration.": vacant.Reserved,
	} {
		for _, shape := range []string{`{"errorCode":404,"title":"Not Found","description":[%q]}`, `{"errorCode":404,"title":%q}`, `{"errorCode":404,"title":"Not Found","notices":[{"title":"Note","description":[%q]}]}`} {
			got := RDAP("x1.no", RDAPReply{URL: "https://rdap.norid.no/domain/x1.no", Status: 404, ContentType: "application/rdap+json", Body: fmt.Appendf(nil, shape, text)})
			if got.Verdict != want {
				t.Errorf(shape+": %s (%s), want %s", text, got.Verdict, got.Matched, want)
			}
		}
	}
}
