package rdapstage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vacant/rdapstage/rdaptest"
)

// maxQuestions is what any one name may cost, whatever the servers say.
const maxQuestions = 100

// hostileWHOIS are texts of port 43 by what they are about.
var hostileWHOIS = map[string]func(name string) string{
	"record":   rdaptest.WHOISRecord,
	"no":       rdaptest.WHOISNotFound,
	"other no": func(string) string { return rdaptest.WHOISNotFound("other.test") },
	"odd":      func(name string) string { return "zvoot grumblo " + name + "\r\n" },
	"odd no":   func(name string) string { return rdaptest.WHOISNotFound(name) + "% whois zvoot\r\n" },
	"token": func(name string) string {
		return rdaptest.WHOISNotFound(name) + "% whois " + string(RandomName("x")) + "\r\n"
	},
	"limit":    func(string) string { return "Query limit exceeded\r\n" },
	"empty":    func(string) string { return "" },
	"half":     func(name string) string { return rdaptest.WHOISNotFound(name)[:9] },
	"reserved": func(string) string { return "This name is reserved by the registry\r\n" },
	"html":     func(string) string { return "<html><body>no</body></html>\r\n" },
	"lesson":   func(name string) string { return "Nimi: " + name + "\r\nSeisund: pole leitud\r\n" },
}

// hostileRDAP are answers of RDAP.
func hostileRDAP() map[string]http.Handler {
	return map[string]http.Handler{
		"record":   rdaptest.Honest(func(string) bool { return true }),
		"no":       http.HandlerFunc(rdaptest.NotFound),
		"other":    rdaptest.Answer(200, rdapJSON, rdaptest.Record("other.test")),
		"empty":    rdaptest.Answer(404, "", ""),
		"html":     rdaptest.Answer(404, "text/html", "<html>not found</html>"),
		"429":      rdaptest.Answer(429, "text/plain", "slow down"),
		"503":      rdaptest.Answer(503, "text/plain", "down"),
		"500":      rdaptest.Answer(500, "text/plain", "oops"),
		"403":      rdaptest.Answer(403, "text/html", "no"),
		"403 rdap": rdaptest.Answer(403, rdapJSON, `{"errorCode":403}`),
		"400":      rdaptest.Answer(400, rdapJSON, `{"errorCode":400}`),
		"cut":      http.HandlerFunc(cut),
		"loop":     http.HandlerFunc(rdaptest.RedirectLoop),
		"reserved": rdaptest.Answer(404, rdapJSON, `{"errorCode":404,"title":"reserved name"}`),
	}
}

// roleOf tells what a question is for by its name.
func roleOf(name string) int {
	switch {
	case strings.HasPrefix(name, "taken"):
		return 0
	case isRandom(name):
		return 1
	}
	return 2
}

// moody answers controls, random labels and names in a way of its own each, or in
// one of two by turns.
type moody struct {
	one, other [3]string
	turns      bool
	asked      atomic.Int64
}

func newMoody[T any](kinds map[string]T) *moody {
	m := &moody{turns: rand.IntN(3) > 0}
	names := slices.Collect(maps.Keys(kinds))
	for i := range m.one {
		m.one[i], m.other[i] = names[rand.IntN(len(names))], names[rand.IntN(len(names))]
	}
	if rand.IntN(3) > 0 { // controls that hold come to more
		m.one[0] = "record"
	}
	return m
}

func (m *moody) answer(name string) string {
	if m.turns && m.asked.Add(1)%2 == 0 {
		return m.other[roleOf(name)]
	}
	return m.one[roleOf(name)]
}

func (m *moody) String() string {
	return fmt.Sprintf("%q, by turns %v with %q", m.one, m.turns, m.other)
}

// TestNoServerIsAskedWithoutEnd has servers with moods chosen at random: one
// name must come to its end after few questions.
func TestNoServerIsAskedWithoutEnd(t *testing.T) {
	rdap := hostileRDAP()
	fixed := []fixedControls{{}, {"taken.test"}, {"taken.test", "taken2.test", "taken2.test", "taken3.test"}}
	for round := range 150 {
		t.Run(strconv.Itoa(round), func(t *testing.T) {
			t.Parallel()
			byHTTP, byText := newMoody(rdap), newMoody(hostileWHOIS)
			srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rdap[byHTTP.answer(rdaptest.NameOf(r))].ServeHTTP(w, r)
			}))
			p := rdaptest.Listen(t, func(*rdaptest.Port43) rdaptest.Talk {
				return func(conn *net.TCPConn, query string) {
					_, _ = fmt.Fprint(conn, hostileWHOIS[byText.answer(query)](query))
				}
			})
			cfg := Config{Controls: fixed[rand.IntN(len(fixed))], Rates: map[string]float64{"": 5000}}
			if round%3 != 0 {
				cfg.RDAPServers = map[string]string{"test": srv.Base()}
			}
			if round%3 != 1 {
				cfg.WHOISServers = map[string]string{"test": p.Addr()}
			}
			cfg.MaxPause = time.Duration(rand.IntN(2)) * 100 * time.Millisecond
			cfg.Timing = Timing{Query: 2 * time.Second, BatchAge: 200 * time.Millisecond, BatchIdle: 10 * time.Millisecond, LearnGap: 20 * time.Millisecond}
			s := newStage(t, cfg)
			s.unit = time.Millisecond
			got := verdict(t, s, "unowned.test")
			if asked := append(srv.Asked(), p.Asked()...); len(asked) > maxQuestions {
				t.Errorf("%s after %d questions, %d controls; RDAP %v; WHOIS %v", got, len(asked), len(cfg.Controls.(fixedControls)), byHTTP, byText)
			}
		})
	}
}

// TestLimitsForControlsAloneEnd: names would be answered, but a question that
// must come before them is told to wait, again and again.
func TestLimitsForControlsAloneEnd(t *testing.T) {
	honest := rdaptest.Honest(rdaptest.Names("taken.test"))
	for role, name := range []string{"registered", "free"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := rdaptest.Answer(429, "text/plain", "slow down")
			srv := rdaptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if roleOf(rdaptest.NameOf(r)) == role {
					limit.ServeHTTP(w, r)
					return
				}
				honest.ServeHTTP(w, r)
			}))
			cfg := onRDAP(srv)
			cfg.Rates = map[string]float64{"": 5000}
			s := newStage(t, cfg)
			s.unit = time.Millisecond
			if got := verdict(t, s, "unowned.test"); !strings.HasPrefix(got, "undetermined") {
				t.Errorf("judged %q", got)
			}
			if n := len(srv.Asked()); n > maxQuestions {
				t.Errorf("asked %d questions", n)
			}
		})
	}
}
