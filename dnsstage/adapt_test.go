package dnsstage

import (
	"testing"
	"time"
)

func TestABucketNeverLetsMoreThanItsLimitThroughInASecond(t *testing.T) {
	for _, limit := range []float64{0.5, 1, 7, 50, 500, 20_000} {
		var b bucket
		b.limit(limit)
		var sent []time.Duration
		for now := time.Duration(0); now < 5*time.Second; now += 700 * time.Microsecond {
			n := b.room(now)
			b.take(n)
			for range n {
				sent = append(sent, now)
			}
		}
		most, from := 0, 0
		for i, at := range sent {
			for at-sent[from] >= time.Second {
				from++
			}
			most = max(most, i-from+1)
		}
		if float64(most) > max(limit, 1) {
			t.Errorf("limit %v: %d in one second", limit, most)
		}
		if least := 0.9 * 5 * limit; float64(len(sent)) < least-1 {
			t.Errorf("limit %v: only %d in five seconds", limit, len(sent))
		}
	}
}

// line is a server behind a line: it answers capacity queries a second, and
// of the rest and of its share at random the answer never comes.
type line struct {
	capacity float64
	loss     float64
	rtt      time.Duration
}

// ask runs p against the line for a while in steps of 1 ms, asking whenever
// there is room, and returns the answers in the last second.
func (c line) ask(p *pace, seconds int) int {
	answers, spare, carry := 0, 0.0, 0.0
	type silence struct {
		n    int
		mark uint32
	}
	silences := make([]silence, 0, 1000*seconds)
	for step := range 1000 * seconds {
		now := time.Duration(step) * time.Millisecond
		n, mark := 0, uint32(0)
		for k := p.room(now); k > 0; k = p.room(now) {
			mark = p.take(now, k)
			n += k
		}
		spare = min(spare, c.capacity/100) + c.capacity/1000
		good := min(n, int(spare))
		spare -= float64(good)
		carry += float64(good) * c.loss
		bad := int(carry)
		carry -= float64(bad)
		for range good - bad {
			p.ended(now, mark, c.rtt, wasWell)
		}
		silences = append(silences, silence{n - good + bad, mark})
		if late := step - 250; late >= 0 { // the answer is missed 250 ms later
			for range silences[late].n {
				p.ended(now, silences[late].mark, 0, wasLost)
			}
		}
		if step >= 1000*(seconds-1) {
			answers += good - bad
		}
	}
	return answers
}

func TestPaceFindsWhatTheServerTakes(t *testing.T) {
	for name, tt := range map[string]struct {
		line        line
		ceiling     float64
		least, most int // answers in the last second
	}{
		"a good server, politely":  {line{1e6, 0, 20 * time.Millisecond}, 500, 470, 500},
		"a lossy line, politely":   {line{1e6, 0.3, 20 * time.Millisecond}, 500, 250, 500},
		"a slow server, politely":  {line{100, 0, 20 * time.Millisecond}, 500, 60, 100},
		"a lossy line, no ceiling": {line{20_000, 0.05, 5 * time.Millisecond}, 0, 10_000, 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPace(tt.ceiling, startRate, 20_000)
			got := tt.line.ask(&p, 60)
			if got < tt.least || got > tt.most {
				t.Errorf("%d answers in the last second, want %d to %d (rate %.0f, window %.0f, line %.2f)",
					got, tt.least, tt.most, p.rate, p.window.size, p.line)
			}
		})
	}
}

func TestPoliteServersAreApproachedSlowly(t *testing.T) {
	p := newPace(500, startRate, 20_000)
	if got := (line{1e6, 0, 20 * time.Millisecond}).ask(&p, 1); got > 100 {
		t.Errorf("%d queries in the first second", got)
	}
}

func TestRetransmitTimesFollowTheRoundTrip(t *testing.T) {
	p := newPace(0, 0, 1000)
	if d := p.rto(0, 2*time.Second); d != firstRTO {
		t.Errorf("before the first sample: %v", d)
	}
	for range 100 {
		p.measure(40 * time.Millisecond)
	}
	if d := p.rto(0, 2*time.Second); d != minRTO {
		t.Errorf("at 40 ms: %v", d)
	}
	for range 100 {
		p.measure(400 * time.Millisecond)
	}
	if d := p.rto(0, 2*time.Second); d < 400*time.Millisecond || d > time.Second {
		t.Errorf("at 400 ms: %v", d)
	}
	if d := p.rto(4, 2*time.Second); d != 2*time.Second {
		t.Errorf("fifth asking: %v", d)
	}
}

func TestOnlySilenceAfterTheLastReplyQuarantines(t *testing.T) {
	s := &server{pace: newPace(0, 0, 1000)}
	s.heard(time.Second)
	for range 50 { // lost from the burst that the reply was from
		s.missed(1200*time.Millisecond, 900*time.Millisecond)
	}
	for range 50 { // one burst, swallowed whole
		s.missed(2*time.Second, 1500*time.Millisecond)
	}
	if s.state() != "ok" {
		t.Error("losses of one burst put the server in quarantine")
	}
	s.missed(2300*time.Millisecond, 1800*time.Millisecond)
	if s.state() != "quarantined" || s.room(2300*time.Millisecond, false) != 0 {
		t.Errorf("a silent server is %q with room for %d", s.state(), s.room(2300*time.Millisecond, false))
	}
	if got := s.room(2300*time.Millisecond+firstBench, false); got != 1 {
		t.Errorf("after its quarantine it gets %d queries, want 1", got)
	}
	s.heard(5 * time.Second)
	if s.state() != "ok" {
		t.Error("a reply did not end the quarantine")
	}
}
