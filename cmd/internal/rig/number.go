package rig

import (
	"os"
	"strconv"
)

// failer is what Number needs of a test.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Number returns the number that the environment sets for a campaign, else small.
func Number(tb failer, key string, small int) int {
	tb.Helper()
	text := os.Getenv(key)
	if text == "" {
		return small
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("%s=%q: want a number above 0", key, text)
	}
	return n
}
