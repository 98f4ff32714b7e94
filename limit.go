package vacant

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Day is the span of a daily quota: any 24 hours, not a calendar's day.
const Day = 24 * time.Hour

// Limit is what a registry operator allows. Zero fields are no limit; the zero
// value is none at all. Every span is a sliding one: in no stretch of time of that length may more be asked.
type Limit struct {
	PerSecond float64       // questions a second
	Burst     int           // questions that may leave at once after a rest, at least 1; the spans hold all the same
	Count     int           // questions in any Span
	Span      time.Duration // ... of this length
	PerDay    int           // questions in any 24 hours
}

// Rate returns the questions a second that the limit allows over minutes, 0 for
// no limit. A day's quota is not spread: it is used at this rate until it is gone.
func (l Limit) Rate() float64 {
	spread := 0.0
	if l.Count > 0 && l.Span > 0 {
		spread = float64(l.Count) / l.Span.Seconds()
	}
	if l.PerSecond <= 0 || spread > 0 && spread < l.PerSecond {
		return spread
	}
	return l.PerSecond
}

// Limited reports whether there is any limit.
func (l Limit) Limited() bool { return l.Rate() > 0 || l.PerDay > 0 }

// Span is one of a limit's sliding spans: in no stretch of time of that Length are
// more than Most questions.
type Span struct {
	Most   int
	Length time.Duration
	Pace   bool // it is the rate's own
}

// Spans returns the spans of the limit, none for no limit. A rate below one a
// second is one question in a longer span, a day at most.
func (l Limit) Spans() []Span {
	var list []Span
	switch {
	case l.PerSecond >= 1:
		list = append(list, Span{wholeRate(l.PerSecond), time.Second, true})
	case l.PerSecond > 0:
		list = append(list, Span{1, time.Duration(min(1/l.PerSecond, Day.Seconds()) * float64(time.Second)), true})
	}
	if l.Count > 0 && l.Span > 0 {
		list = append(list, Span{l.Count, l.Span, false})
	}
	if l.PerDay > 0 {
		list = append(list, Span{l.PerDay, Day, false})
	}
	return list
}

// wholeRate is how many questions a rate allows in any one second: 2.5 a second
// is three in some seconds and two in others, 33.3 is 33.
func wholeRate(perSecond float64) int {
	n := math.Floor(min(perSecond, 1<<24))
	if n < 0.97*perSecond {
		n++
	}
	return int(n)
}

// String writes the limit as "--rdap-rate" takes it: "0.5/s", "2/s, 1800/15m", "3000/24h".
func (l Limit) String() string {
	var parts []string
	if l.PerSecond > 0 {
		parts = append(parts, fmt.Sprintf("%g/s", l.PerSecond))
	}
	if l.Count > 0 && l.Span > 0 {
		parts = append(parts, fmt.Sprintf("%d/%s", l.Count, shortSpan(l.Span)))
	}
	if l.PerDay > 0 {
		parts = append(parts, fmt.Sprintf("%d/24h", l.PerDay))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// shortSpan is a duration without its zero parts: "15m", not "15m0s".
func shortSpan(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Lease is the right to ask an operator some questions now, as the user's
// budgets granted it to one process.
type Lease struct {
	Got         int       // how many; they lapse [LeaseLife] after At
	Left        int       // how many more could have been had now, as far as the spans go; at most 1<<20
	At          time.Time // when; it names the lease when its questions are accounted for
	Again       time.Time // with Got 0: when it makes sense to try again
	LockedUntil time.Time // the operator locked this user out until then; else zero
}

// LeaseLife is how long after [Lease.At] its questions may leave. A process that
// was held up for longer must take another lease.
const LeaseLife = 100 * time.Millisecond

// Arrival accounts for questions of one lease: what is not accounted for counts
// as if it reached the operator some time after the lease.
type Arrival struct {
	Lease time.Time // [Lease.At]
	N     int       // how many questions
	At    time.Time // when they had reached the operator at the latest; zero = they were never sent
}
