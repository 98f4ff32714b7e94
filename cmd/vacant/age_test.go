package main

import (
	"testing"
	"time"
)

func TestAges(t *testing.T) {
	const d = 24 * time.Hour
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"90m", 90 * time.Minute}, {"36h", 36 * time.Hour}, {"30d", 30 * d}, {"2w", 14 * d}, {"1w2d", 9 * d}, {"1d12h30m", 36*time.Hour + 30*time.Minute}, {"1.5d", 36 * time.Hour}, {"0", 0}, {"0d", 0},
	} {
		if got, err := parseAge(tt.text); err != nil || got != tt.want {
			t.Errorf("%q: %s, %v, want %s", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "1d-1h", "2d1w", "1dd", "x", "NaNd", "Infd", "1e9w", "999999999w", "1d2", "0x1d"} {
		if got, err := parseAge(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{"2027-01-31": "2027-01-31T00:00:00Z", "2027-01-31T12:00:00+02:00": "2027-01-31T10:00:00Z"} {
		if got, err := parseDate(text); err != nil || stamp(got) != want {
			t.Errorf("%q: %s, %v", text, stamp(got), err)
		}
	}
	for _, text := range []string{"", "31.1.2027", "2027-02-30", "tomorrow"} {
		if got, err := parseDate(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
