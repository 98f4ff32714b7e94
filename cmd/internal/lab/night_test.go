package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"testing"
)

// TestNightZeroNeverChanges: stores and goldens rest on it.
func TestNightZeroNeverChanges(t *testing.T) {
	for _, test := range []struct {
		tlds []string
		want string
	}{
		{[]string{"cc", "dad", "me"}, "b53efb3bd67d16701fa2d96ebbabdf4d35fb93ca7393b06ac6d13f7b2bc92d80"},
		{[]string{"com", "dev", "io"}, "ac95751a8b7102312324fd073e9059d53313846ef1dd318469cc69a386766509"},
	} {
		w, h := NewWorld(Config{Seed: 9, TLDs: test.tlds}), sha256.New()
		for _, name := range sample(30000, test.tlds...) {
			truth := w.Truth(name)
			_, _ = fmt.Fprintf(h, "%s %s %s\n", name, truth.Verdict, truth.Lifecycle)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != test.want {
			t.Errorf("%v: the truth of night 0 is %s, was %s", test.tlds, got, test.want)
		}
	}
}

// TestNightsArePure: the truth of a night needs none of the nights before it.
func TestNightsArePure(t *testing.T) {
	walked := NewWorld(Config{})
	names := sample(2000, "com", "io")
	for night := range 80 {
		walked.SetNight(night)
		straight := NewWorld(Config{Night: night})
		for _, name := range names {
			if a, b := walked.Truth(name), straight.Truth(name); a != b {
				t.Fatalf("night %d, %s: %v, and without the nights before %v", night, name, a, b)
			}
		}
	}
	if a, b := walked.String(), NewWorld(Config{}).String(); a != b {
		t.Errorf("another night is another world: %q, %q", a, b)
	}
}

func TestNightIsClamped(t *testing.T) {
	w := NewWorld(Config{})
	for set, want := range map[int]int{-5: 0, 0: 0, 7: 7, MaxNight + 9: MaxNight} {
		if w.SetNight(set); w.Night() != want {
			t.Errorf("night %d after %d", w.Night(), set)
		}
	}
}

// step is a change of a name from one night to the next.
type step struct{ from, to Truth }

// TestChangesFromNightToNight: which changes there are, and no others.
func TestChangesFromNightToNight(t *testing.T) {
	w, seen := NewWorld(Config{Seed: 5}), make(map[step]int)
	names := sample(20000, "com", "dev", "io")
	before := make([]Truth, len(names))
	for night := range 70 {
		w.SetNight(night)
		for i, name := range names {
			now := w.Truth(name)
			if night > 0 && now != before[i] {
				seen[step{before[i], now}]++
			}
			before[i] = now
		}
	}
	for change, n := range seen {
		if !change.legal() {
			t.Errorf("%d names went from %v to %v", n, change.from, change.to)
		}
	}
	active := Truth{verdictRegistered, lifeActive}
	redemption, pending := Truth{verdictRegistered, lifeRedemption}, Truth{verdictRegistered, lifePendingDelete}
	free := Truth{Verdict: verdictAvailable}
	for _, want := range []step{{active, redemption}, {redemption, pending}, {pending, free}, {active, free}, {free, active}} {
		if seen[want] < 100 {
			t.Errorf("%d names went from %v to %v", seen[want], want.from, want.to)
		}
	}
}

// legal says which changes a world has.
func (s step) legal() bool {
	from, to := s.from, s.to
	switch {
	case from.Verdict == verdictReserved, to.Verdict == verdictReserved:
		return false
	case to.Lifecycle == lifePendingDelete:
		return from.Lifecycle == lifeRedemption
	case to.Lifecycle == lifeRedemption:
		return from.Verdict == verdictRegistered && from.Lifecycle != lifePendingDelete
	}
	return true
}

// TestSharesOfANight: as many names are registered as drop, and density holds.
func TestSharesOfANight(t *testing.T) {
	const n, night = 200000, 100 // long after what was ending in night 0 has dropped
	w, names := NewWorld(Config{Seed: 6, TLDs: []string{"com"}}), sample(n, "com")
	drops, news, held := 0.0, 0.0, 0.0
	for _, name := range names {
		w.SetNight(night)
		was := w.Truth(name).Verdict == verdictRegistered
		w.SetNight(night + 1)
		is := w.Truth(name).Verdict == verdictRegistered
		switch {
		case was && !is:
			drops++
		case is && !was:
			news++
		}
		if is {
			held++
		}
	}
	const want = n * DefaultDensity * (1 - DefaultDensity) / eraNights
	for what, got := range map[string]float64{"dropped": drops, "newly registered": news} {
		if math.Abs(got-want) > 6*math.Sqrt(want) {
			t.Errorf("%v %s, want about %v", got, what, want)
		}
	}
	if share := held / n; math.Abs(share-DefaultDensity) > 0.005 {
		t.Errorf("%.4f registered", share)
	}
}

// TestAFullWorldStaysFull: nothing drops where everything is registered.
func TestAFullWorldStaysFull(t *testing.T) {
	w := NewWorld(Config{Density: 1, Night: 50})
	for _, name := range sample(5000, "com") {
		if truth := w.Truth(name); truth.Verdict != verdictRegistered {
			t.Fatal(name, truth)
		}
	}
}

// TestCreationFollowsTheNights: a registry's record says since when a name is held.
func TestCreationFollowsTheNights(t *testing.T) {
	w := NewWorld(Config{Seed: 2, TLDs: []string{"com"}})
	s := w.suffixes["com"]
	fresh := 0
	for _, name := range sample(20000, "com") {
		w.SetNight(40)
		before := w.state([]byte(name), s)
		w.SetNight(41)
		now := w.state([]byte(name), s)
		if now.verdict != verdictRegistered {
			continue
		}
		rec := w.recordOf(name, s, now)
		if before.verdict != verdictRegistered {
			fresh++
			if want := date(41).Format("2006-01-02"); rec.created.Format("2006-01-02") != want {
				t.Errorf("%s was registered on %s, created %s", name, want, rec.created)
			}
		}
		if rec.created.After(date(42)) || !rec.ending() && rec.expires.Before(rec.created) {
			t.Errorf("%s: created %s, expires %s", name, rec.created, rec.expires)
		}
	}
	if fresh < 20 {
		t.Errorf("%d new names", fresh)
	}
}

func (r *record) ending() bool { return r.expires.Year() == pastYear }

func TestNightsOutOfRange(t *testing.T) {
	for _, night := range []int{-1, MaxNight + 1} {
		if err := (&Config{Night: night}).Validate(); err == nil {
			t.Errorf("night %d passes", night)
		}
	}
}
