package rdapstage

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"vacant"
	"vacant/rdapstage/rdaptest"
	"vacant/rdapstage/reading"
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

// A "no" is only remembered with its own name taken out of it: one that names
// another name than the one asked about is none.
func TestKnownNoIsNotThatOfAnotherName(t *testing.T) {
	for _, said := range []string{"Foo.test not found", "foo.test not found", "FOO.TEST not found", "fOO.test not found"} {
		l := &lane{}
		read := func(name vacant.Name) vacant.Verdict {
			url := "https://rdap.test/domain/" + string(name)
			body := `{"errorCode":404,"title":"Not Found","description":["` + said + `"]}`
			return l.readRDAP(name, reading.RDAPReply{URL: url, FinalURL: url, Status: 404, ContentType: "application/rdap+json", Body: []byte(body)}).Verdict
		}
		if v := read("foo.test"); v != vacant.Available {
			t.Errorf("%s: %v about foo.test", said, v)
		}
		if v := read("bar.test"); v != vacant.Undetermined {
			t.Errorf("%s: %v about bar.test", said, v)
		}
	}
}
