package rdapstage

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// TestEvidenceQuotesItsOwnReply has a server that repeats the name in its "no":
// what is kept as the deciding line must be about the name it is kept for.
func TestEvidenceQuotesItsOwnReply(t *testing.T) {
	honest := rdaptest.Honest(rdaptest.Names("taken.test"))
	cfg := onRDAP(rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := rdaptest.NameOf(r)
		if name == "taken.test" {
			honest.ServeHTTP(w, r)
			return
		}
		rdaptest.Answer(404, rdapJSON, fmt.Sprintf(`{"errorCode":404,"title":"Domain %s not found"}`, name)).ServeHTTP(w, r)
	})))
	for name, r := range judge(t, newStage(t, cfg), frees(numbered("name%d.test", 20)...)) {
		if words(&r) != "available" {
			t.Fatalf("%s: %s", name, words(&r))
		}
		for _, ev := range r.Evidence {
			if ev.Kind == vacant.KindRDAP && ev.Control == "" && !strings.Contains(ev.Excerpt, string(name)) {
				t.Errorf("the evidence about %s quotes %q", name, ev.Excerpt)
			}
		}
	}
}
