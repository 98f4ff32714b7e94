package lab

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestBucketHoldsOneSecond(t *testing.T) {
	b, at := newBucket(10), time.Unix(1000, 0)
	taken := func(n int) (ok int) {
		for range n {
			if b.take(at) {
				ok++
			}
		}
		return ok
	}
	for _, test := range []struct {
		after time.Duration
		want  int
	}{{0, 10}, {0, 0}, {300 * time.Millisecond, 3}, {time.Hour, 10}} {
		at = at.Add(test.after)
		if got := taken(15); got != test.want {
			t.Errorf("after %v: %d, want %d", test.after, got, test.want)
		}
	}
	if newBucket(0) != nil || !newBucket(-1).take(at) {
		t.Error("no limit limits")
	}
	slow := newBucket(0.5)
	if !slow.take(at) || slow.take(at.Add(time.Second)) || !slow.take(at.Add(3*time.Second)) {
		t.Error("half a request a second")
	}
}

func TestWindowKeepsTheMost(t *testing.T) {
	var w window
	at := time.Unix(1000, 0)
	for i := range 100 { // 10 a second, then 50 at once, then 10 a second
		if i == 40 {
			for range 50 {
				w.add(at)
			}
		}
		w.add(at)
		at = at.Add(100 * time.Millisecond)
	}
	if got := w.max(); got != 60 {
		t.Errorf("%d at most, want 60", got)
	}
	if len(w.recent) > 130 {
		t.Errorf("keeps %d events", len(w.recent))
	}
}

// A gate lets no window have more than it takes, wherever the window begins, and
// the wait that it names is the shortest that suffices.
func TestGateHoldsAllItsWindows(t *testing.T) {
	limit := OperatorLimit{Windows: []Window{{3, time.Second}, {10, 10 * time.Second}, {40, time.Minute}}}
	g, now, random := newGate(limit), time.Unix(0, 0), rand.New(rand.NewPCG(1, 2))
	var passed []time.Time
	for range 5000 {
		now = now.Add(time.Duration(random.Int64N(int64(500 * time.Millisecond))))
		wait, ok := g.pass(now)
		if !ok {
			if _, early := g.pass(now.Add(wait - 1)); early {
				t.Fatalf("passes before the wait of %v is over", wait)
			}
			now = now.Add(wait)
			if _, ok = g.pass(now); !ok {
				t.Fatalf("does not pass after the wait of %v", wait)
			}
		}
		passed = append(passed, now)
	}
	for _, w := range limit.Windows {
		if most := MostIn(passed, w.In); most != w.Requests {
			t.Errorf("%d of %d in %v", most, w.Requests, w.In)
		}
	}
}

func TestLimitsOfOperators(t *testing.T) {
	two := []Window{{2, time.Hour}}
	l := startLab(t, Config{Seed: 1, TLDs: []string{"cc", "me", "org"}, Limits: map[string]OperatorLimit{
		"cc": {Windows: two, Shared: true}, "me": {Windows: two, RetryAfter: 24 * time.Hour}}})
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	for tld, want := range map[string]string{"cc": "200 404 429", "me": "200 429 429", "org": "200 200 200"} {
		var got []string
		if tld == "me" {
			getRDAP(t, client, l.RDAPBase(tld), "nic.me")
		}
		for i := range 3 {
			name := "nic." + tld
			if tld == "cc" && i == 1 { // a no counts as a record does
				name = freeName(t, l.world, tld)
			}
			r := getRDAP(t, client, l.RDAPBase(tld), name)
			got = append(got, strconv.Itoa(r.status))
			if after := r.header.Get("Retry-After"); r.status == 429 && (tld == "me" && after != "86400" || tld == "cc" && after != "3600") {
				t.Errorf("%s is told to wait %s", tld, after)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", tld, got, want)
		}
		shared := strings.HasPrefix(askWHOIS(t, portOf(l, tld), "nic."+tld), limitText[:10])
		if shared != (tld == "cc") {
			t.Errorf("%s: WHOIS is limited with RDAP: %v", tld, shared)
		}
	}
	for _, bad := range []Config{
		{Limits: map[string]OperatorLimit{"xyz": {}}}, {Limits: map[string]OperatorLimit{"com": {Windows: []Window{{0, time.Second}}}}},
		{Limits: map[string]OperatorLimit{"": {RetryAfter: -1}}},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken", bad.Limits)
		}
	}
}
