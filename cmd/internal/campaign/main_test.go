//go:build linux

package campaign

import (
	"os"
	"strconv"
	"testing"

	"vacant/cmd/internal/rig"
)

// binary is the built program, made once by TestMain.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	return rig.WithVacant(func(built string) int {
		binary = built
		return m.Run()
	})
}

// number returns the number that the environment sets for a campaign, else small.
func number(tb testing.TB, key string, small int) int {
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
