package rdapstage

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// strangers answer in words that no rule knows, free names and limits alike.
const (
	strangeNo    = "%% Zonde registreerija\r\nNimi: %s\r\nSeisund: pole leitud siin registris\r\n"
	strangeLimit = "%% Zonde registreerija\r\nNimi: %s\r\nPalun oodake natuke, meil on kiire\r\n"
	strangeDrift = "%% Zonde registreerija\r\nNimi: %s\r\nSeisund: vaba\r\n"
)

// stranger is a WHOIS server of that kind. From the middle of each minute's
// first half to that of its second it answers everybody with its limit.
type stranger struct {
	no    string
	quiet bool // it never does
}

func (w *stranger) answer(ctx context.Context, q *question) reply {
	travel(ctx, 100*time.Millisecond)
	text := fmt.Sprintf(w.no, q.name)
	switch now := time.Now().Second(); {
	case !w.quiet && now >= 15 && now < 45:
		text = fmt.Sprintf(strangeLimit, q.name)
	case strings.HasPrefix(string(q.name), "taken") || half(string(q.name)) && len(q.name.Label()) != freeLabel:
		text = fmt.Sprintf("Domain Name: %s\r\nRegistrar: A\r\nCreation Date: 2001-02-03\r\nStatus: ok\r\n", q.name)
	}
	r := reply{Reading: reading.WHOIS(q.lane.speaks, q.name, true, []byte(text)), text: []byte(text)}
	r.ev = vacant.Evidence{At: time.Now(), Kind: q.lane.kind, Server: q.lane.host, Says: r.Verdict.String(), Reason: r.Reason}
	if q.kind == askControl {
		r.ev.Control = "registered"
	}
	return r
}

// notes is a Memory to look into.
type notes struct {
	mu sync.Mutex
	m  map[string][]byte
}

func (n *notes) Recall(key string) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.m[key], nil
}

func (n *notes) Remember(key string, value []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.m[key] = value
	return nil
}

// runs asks the server about names again and again until all are settled,
// gap apart, and returns how many runs that took, and how many names were lies.
func (w *stranger) runs(t *testing.T, memory *notes, n int, gap time.Duration) (runs, lies int) {
	t.Helper()
	left := numbered("n%d.model", n)
	for runs = 1; runs <= 8 && len(left) > 0; runs++ {
		cfg := Config{World: "model", WHOISServers: map[string]string{"model": "127.0.0.1:43"}, Controls: fixedControls{"taken.model"},
			Memory: memory, Rates: map[string]float64{"": 2}}
		results := huntBy(t, cfg, left, w.answer)
		left = nil
		for name, r := range results {
			switch {
			case r.Verdict() == vacant.Available && half(string(name)):
				lies++
			case r.Verdict() == vacant.Undetermined:
				left = append(left, string(name))
			}
		}
		time.Sleep(gap)
	}
	return runs - 1, lies
}

// TestLimitNobodyWroteARuleForIsNeverLearned begins in each phase of the minute.
func TestLimitNobodyWroteARuleForIsNeverLearned(t *testing.T) {
	settled := 0
	for phase := range 30 {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(2*phase) * time.Second)
			memory := &notes{m: make(map[string][]byte)}
			runs, lies := (&stranger{no: strangeNo}).runs(t, memory, 20, 11*time.Minute)
			if lies > 0 {
				t.Errorf("begun in second %d: %d registered names are called available", 2*phase, lies)
			}
			if runs < 8 {
				settled++
			}
			for key, value := range memory.m {
				if strings.Contains(string(value), "oodake") && strings.Contains(string(value), "learned") {
					t.Errorf("begun in second %d: %s has learned %s", 2*phase, key, value)
				}
			}
		})
	}
	if settled == 0 {
		t.Error("the server's real not-found was never learned: nothing is shown")
	}
}

// TestDriftIsLearnedAndTold has a learned text drift: the new one takes two
// labels ten minutes apart as the first did, and the old one is kept with its times.
func TestDriftIsLearnedAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, w := &notes{m: make(map[string][]byte)}, &stranger{no: strangeNo, quiet: true}
		if runs, lies := w.runs(t, memory, 6, 11*time.Minute); runs > 2 || lies > 0 {
			t.Fatalf("%d runs, %d lies", runs, lies)
		}
		w.no = strangeDrift
		if runs, lies := w.runs(t, memory, 6, 11*time.Minute); runs < 2 || runs > 3 || lies > 0 {
			t.Errorf("after the drift: %d runs, %d lies", runs, lies)
		}
		l := &lane{endpoint: whoisEndpoint("127.0.0.1:43", sourceHand), suffix: "model", timing: &Timing{}}
		s := newStage(t, Config{Memory: memory})
		s.cfg.World = "model"
		s.recall(l)
		known, old := l.templates.Known, l.templates.Old
		if !strings.Contains(known.Text, "vaba") || known.Learned.Sub(known.At) < 10*time.Minute {
			t.Errorf("known: %+v", known)
		}
		if len(old) != 1 || !strings.Contains(old[0].Text, "pole leitud") || !old[0].Replaced.After(old[0].Learned) {
			t.Errorf("old: %+v", old)
		}
	})
}

func TestTemplatesAreFew(t *testing.T) {
	var list templates
	now := time.Now()
	for i := range 20 {
		text := fmt.Sprint("text ", i)
		list.note(text, now, time.Minute)
		list.note("another", now, time.Minute) // anything in between begins it anew
		list.note(text, now.Add(time.Second), time.Minute)
		if list.note(text, now.Add(30*time.Second), time.Minute); list.Known.Text == text {
			t.Fatal("learned too soon")
		}
		now = now.Add(2 * time.Minute)
		list.note(text, now, time.Minute)
		if list.Known.Text != text || len(list.Old) > maxOld {
			t.Fatalf("%d: knows %q and %d old ones", i, list.Known.Text, len(list.Old))
		}
	}
}
