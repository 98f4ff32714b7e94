package rdapstage

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"vacant/rdapstage/rdaptest"
)

// A host that says nonsense about names that it told of a moment ago may lie as
// quickly, between two controls: it is not believed. One that has nonsense for certain names is.
func TestHostThatChangesUnderOurEyesIsNotBelieved(t *testing.T) {
	var asked atomic.Int64
	for _, tt := range []struct {
		what     string
		nonsense func(name string, n int64) bool
		believed bool
	}{
		{"about every name now and then", func(_ string, n int64) bool { return n > 20 && n%4 == 0 }, false},
		{"about the same names always", func(name string, _ int64) bool { return len(name) > 4 && name[3] == '7' }, true},
		{"once in a while", func(_ string, n int64) bool { return n%60 == 59 }, true},
	} {
		asked.Store(0)
		honest := rdaptest.Honest(rdaptest.Names("taken.test", "other.test"))
		srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if tt.nonsense(rdaptest.NameOf(r), asked.Add(1)) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<html>a page</html>"))
				return
			}
			honest.ServeHTTP(w, r)
		}))
		cfg := onRDAP(srv)
		cfg.Controls = fixedControls{"taken.test", "other.test"}
		var names []string
		for i := range 200 {
			names = append(names, fmt.Sprintf("n%03d.test", i))
		}
		free := 0
		for _, r := range judge(t, newStage(t, cfg), frees(names...)) {
			if words(&r) == "available" {
				free++
			}
		}
		if tt.believed != (free > 150) || !tt.believed && free > 60 {
			t.Errorf("nonsense %s: %d of 200 names are called available", tt.what, free)
		}
	}
}
