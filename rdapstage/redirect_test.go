package rdapstage

import (
	"net/http"
	"strings"
	"testing"

	"vacant/rdapstage/rdaptest"
)

// TestRedirectAwayFromTheQuestionIsNoNo has a server that sends some questions
// to a page of its own, whose 404 is a whole RDAP error: it is about the page.
func TestRedirectAwayFromTheQuestionIsNoNo(t *testing.T) {
	for target, want := range map[string]string{
		"/sorry":                      "undetermined bad-reply",
		"/rdap/domain/":               "undetermined bad-reply",
		"/rdap/domain/other.test":     "undetermined bad-reply",
		"/rdap/nameserver/moved.test": "undetermined bad-reply",
		"/v2/domain/moved.test":       "available",
	} {
		t.Run(target, func(t *testing.T) {
			honest := rdaptest.Honest(rdaptest.Names("taken.test"))
			cfg := onRDAP(rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/rdap/domain/moved.test":
					http.Redirect(w, r, target, http.StatusFound)
				case strings.HasPrefix(r.URL.Path, "/rdap/domain/n"): // others first: a known "no" must not cover it
					rdaptest.NotFound(w, r)
				default:
					honest.ServeHTTP(w, r)
				}
			})))
			s := newStage(t, cfg)
			judge(t, s, frees("n1.test", "n2.test"))
			if got := twins(t, cfg, "moved.test", "unowned.test"); got != want {
				t.Errorf("moved.test is %s, want %s", got, want)
			}
			if got := verdict(t, s, "moved.test"); got != want {
				t.Errorf("after other names moved.test is %s, want %s", got, want)
			}
		})
	}
}
