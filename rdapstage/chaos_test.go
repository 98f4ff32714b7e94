package rdapstage

import (
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// half of all labels are registered, told by their hash.
func half(name string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return name == "taken.test" || len(name) != freeLabel+len(".test") && h.Sum32()%2 == 0
}

// chaotic misbehaves at random, and between the requests numbered from and to
// it says 404 to everything.
func chaotic(seed uint64, from, to int) http.Handler {
	var mu sync.Mutex
	random, seen := rand.New(rand.NewPCG(seed, 1)), 0
	honest := rdaptest.Honest(half)
	faults := []http.Handler{
		rdaptest.Answer(500, "text/html", "broken"),
		rdaptest.Answer(429, "text/plain", "slow down"),
		rdaptest.Answer(404, "text/html", "<html>not found</html>"),
		rdaptest.Answer(404, rdapJSON, `{"errorCode":404,"title":"rate limit exceeded"}`),
		rdaptest.Answer(200, rdapJSON, ""),
		rdaptest.Answer(200, rdapJSON, rdaptest.NotFoundBody),
		rdaptest.Answer(200, rdapJSON, rdaptest.Record("other.test")),
		http.HandlerFunc(rdaptest.RedirectLoop),
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen++
		lying, fault := seen >= from && seen < to, random.IntN(100)
		mu.Unlock()
		switch {
		case lying:
			rdaptest.NotFound(w, r)
		case fault < len(faults):
			faults[fault].ServeHTTP(w, r)
		default:
			honest.ServeHTTP(w, r)
		}
	})
}

// TestChaosMakesNothingFalse judges names by a server with every fault at once,
// which lies outright for a while: no registered name may come out available,
// and none unregistered as registered.
func TestChaosMakesNothingFalse(t *testing.T) {
	for seed := range uint64(3) {
		srv := rdaptest.Serve(t, chaotic(seed, 100+int(seed)*50, 200+int(seed)*50))
		whois := rdaptest.Listen(t, rdaptest.HonestWHOIS(half))
		cfg := onRDAP(srv)
		if seed%2 == 0 {
			cfg.WHOISServers = map[string]string{"test": whois.Addr()}
		}
		cfg.Timing.LearnGap, cfg.MaxPause = time.Hour, 10*time.Second
		cfg.Rates = map[string]float64{"": 3000}
		s := newStage(t, cfg)
		s.unit = time.Millisecond
		settled := 0
		for name, r := range judge(t, s, frees(numbered("name%d.test", 300)...)) {
			switch v := r.Verdict(); {
			case v == vacant.Undetermined:
				continue
			case (v == vacant.Registered) != half(string(name)) || v != vacant.Registered && v != vacant.Available:
				t.Errorf("seed %d: %s is %s", seed, name, v)
			}
			settled++
		}
		if settled < 50 {
			t.Errorf("seed %d: only %d of 300 names settled", seed, settled)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "1e400", "86361", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0x10", " 5 "} {
		f.Add(seed)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if d := retryAfter(text, now); d != 0 && (d < minPause || d > maxPause) {
			t.Errorf("%q: %v", text, d)
		}
	})
}

func FuzzLearnable(f *testing.F) {
	f.Add("Nimi: x.test\r\nSeisund: pole leitud\r\n")
	f.Add("x.test: try later\n")
	f.Add("\xff\xfe\x00")
	limits := []string{"query limit exceeded", "quota exceeded", "too many requests", "access denied", "try again later", "blacklisted"}
	f.Fuzz(func(t *testing.T, text string) {
		for _, limit := range limits {
			said := []byte(text + "\nx.test: " + limit + "\n")
			if masked := maskText(said, "x.test"); learnable(said, masked) && !strings.Contains(text, "x.test") {
				t.Errorf("%q can be learned", said)
			}
		}
	})
}
