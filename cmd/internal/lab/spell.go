package lab

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// spell says when a fault is on, by the time since it was set: since the lab
// began, or since [Lab.SetFaults]. The zero one is always on.
type spell struct {
	from, to   time.Duration // to 0 = for good
	period, on time.Duration // with a period: on for so long in the middle of each
}

// at reports whether the fault is on then.
func (s spell) at(since time.Duration) bool {
	if s.period > 0 {
		into, before := since%s.period, (s.period-s.on)/2
		return into >= before && into < before+s.on
	}
	return since >= s.from && (s.to == 0 || since < s.to)
}

var errSpell = errors.New("want FROM-TO such as 10s-20s or 10s-, or PERIOD/ON such as 60s/30s")

// parseSpell reads FROM-TO, FROM-, or PERIOD/ON.
func parseSpell(text string) (s spell, err error) {
	if period, on, ok := strings.Cut(text, "/"); ok {
		err = errors.Join(duration(&s.period, period), duration(&s.on, on))
		if err == nil && (s.period == 0 || s.on == 0 || s.on > s.period) {
			err = fmt.Errorf("%q is no share of a period", text)
		}
		return s, unspelt(text, err)
	}
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return s, unspelt(text, errors.New("no - and no /"))
	}
	if err = duration(&s.from, from); err == nil && to != "" {
		if err = duration(&s.to, to); err == nil && s.to <= s.from {
			err = errors.New("it ends before it begins")
		}
	}
	return s, unspelt(text, err)
}

func unspelt(text string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%q is no time: %w", text, errSpell)
}
