package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// age is a duration flag that knows days and weeks as well: 36h, 30d, 1w2d.
// A day is 24 hours.
type age time.Duration

func (a *age) Set(text string) error {
	d, err := parseAge(text)
	*a = age(d)
	return err
}

func (a *age) String() string {
	if *a == 0 {
		return ""
	}
	return time.Duration(*a).String()
}

// Type is what help shows, and how wanted knows the flag.
func (a *age) Type() string { return "age" }

var errAge = errors.New("want a duration such as 90m, 36h, 30d or 2w")

// parseAge reads a duration with the units of time.ParseDuration and d and w,
// weeks before days before the rest.
func parseAge(text string) (time.Duration, error) {
	rest, total := text, 0.0
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		number, after, found := strings.Cut(rest, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || strings.Trim(number, "0123456789.") != "" {
			return 0, errAge
		}
		rest, total = after, total+n*float64(unit.long)
	}
	d := time.Duration(0)
	if rest != "" || text == "" {
		var err error
		if d, err = time.ParseDuration(rest); err != nil {
			return 0, errAge
		}
	}
	if d < 0 {
		return 0, errors.New("it cannot be negative")
	}
	if total+float64(d) > math.MaxInt64 {
		return 0, fmt.Errorf("it is longer than %s", time.Duration(math.MaxInt64))
	}
	return time.Duration(total) + d, nil
}

// parseDate reads a day, which means its first moment in UTC, or a time as RFC 3339 has it.
func parseDate(text string) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, errors.New("want a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z")
	}
	return at, nil
}
