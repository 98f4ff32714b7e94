package dnsstage

import (
	"testing"
	"time"
)

// met counts n names, of which a share of those absent and of those present
// met silence first; one name in twenty is absent.
func (c *classes) met(n int, absentLost, presentLost float64) {
	owe := [2]float64{}
	for i := range n {
		absent, share := i%20 == 0, presentLost
		k := 0
		if absent {
			share, k = absentLost, 1
		}
		c.answer(absent)
		if owe[k] += share; owe[k] >= 1 {
			owe[k]--
			c.lost(absent)
		}
	}
}

func TestRateLimitingOfResponsesIsToldFromOtherLoss(t *testing.T) {
	for name, tt := range map[string]struct {
		absentLost, presentLost float64
		cut                     int
		want                    bool
	}{
		"nothing is lost":                {0, 0, 0, false},
		"the line loses its share":       {0.1, 0.1, 0, false},
		"the line loses most":            {0.5, 0.5, 0, false},
		"NXDOMAINs alone":                {0.8, 0, 0, true},
		"NXDOMAINs, and the line's loss": {0.8, 0.1, 0, true},
		"NXDOMAINs cut short":            {0, 0, 3, true},
		"two cut short prove nothing":    {0, 0, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			var c classes
			for range tt.cut {
				c.cutShort()
			}
			c.met(50_000, tt.absentLost, tt.presentLost)
			if c.limits != tt.want {
				t.Errorf("limits is %v: %+v", c.limits, c)
			}
		})
	}
}

func TestAServerThatStopsLimitingIsTrustedAgain(t *testing.T) {
	var c classes
	c.met(20_000, 0.8, 0)
	c.met(100_000, 0.1, 0.1)
	if c.limits {
		t.Errorf("%+v", c)
	}
}

func TestStreamsHaveABudgetThatSilenceHalves(t *testing.T) {
	p := newPace(0, 0, 1000)
	now := time.Duration(0)
	for range 5000 { // a second's worth of answers
		p.takeStream(1)
		p.endedStream(now, true)
	}
	grown := p.most
	if grown <= firstStreams || grown > manyStreams {
		t.Errorf("%.0f streams after 5,000 answers", grown)
	}
	for range 100 { // all of one moment
		p.takeStream(1)
		p.endedStream(now+2*time.Second, false)
	}
	if p.most != grown/2 || p.open != 0 {
		t.Errorf("%.0f streams after silence, want %.0f; %d open", p.most, grown/2, p.open)
	}
}

func TestANameIsAskedAsOftenAsTheLineLoses(t *testing.T) {
	for name, tt := range map[string]struct {
		retries int
		line    float64
		met     cause
		want    int
	}{
		"a clean line":               {3, 0, causeTimeout, 4},
		"5 % each way":               {3, 0.0975, causeTimeout, 6},
		"30 % each way":              {3, 0.51, causeTimeout, 21},
		"more than that":             {3, 0.7, causeTimeout, mostAskings},
		"it was not silence alone":   {3, 0.51, causeTimeout | causeServfail, 4},
		"the user wants one asking":  {0, 0.51, causeTimeout, 1},
		"the user wants even more":   {40, 0.51, causeTimeout, 41},
		"5 % each way, one more":     {1, 0.0975, causeTimeout, 6},
		"a line that loses nearly 0": {3, 0.02, causeTimeout, 4},
	} {
		t.Run(name, func(t *testing.T) {
			l := &loop{cfg: &Config{Retries: tt.retries}}
			m := newMember(&server{pace: newPace(0, 0, 1000)}, 0)
			m.pace.line = tt.line
			if got := l.mayAsk(&task{askings: uint8(tt.retries), met: tt.met}, m); got != tt.want {
				t.Errorf("asked %d times at most, want %d", got, tt.want)
			}
		})
	}
}
